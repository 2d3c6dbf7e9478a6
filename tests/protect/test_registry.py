"""Who is found by what, and how the registry serves ``check --people``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facewarden.cli.known_people import known_people
from facewarden.errors import RateLimitedError
from facewarden.faces.likeness import RATES
from facewarden.protect.allowance import Allowance
from facewarden.protect.person import Features, ItemFeatures
from facewarden.protect.registry import Item, Registry
from facewarden.protect.store import opened
from tests.protect.making import KEY, PASSPHRASE, embedding, features, make, pdq, person


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make(tmp_path_factory.mktemp("registry") / "people", allowance=Allowance(burst=2))
    with opened(folder, KEY) as store:
        store.add_many((person(n), features(n)) for n in range(1, 21))
        store.add("Without a face", purpose="tests")
    return folder


@pytest.fixture
def registry(folder: Path) -> Registry:
    return Registry.load(folder, KEY)


def test_a_face_is_named_with_its_rate(registry: Registry) -> None:
    (found,) = registry.nearest(embedding(7)[None])
    assert (found.person, found.name) == (person(7).id, "Person 7")
    assert found.distance < 0.01  # templates are of half precision
    assert found.false_positive_rate == pytest.approx(20 * RATES[0].false_positive_rate)
    assert found.sure
    assert registry.nearest(embedding(99)[None]) == []
    assert len(registry) == 20


def test_one_moment_of_many_does_not_name_a_face(registry: Registry) -> None:
    moments = np.stack([embedding(7), *(embedding(100 + n) for n in range(5))])
    assert registry.nearest(moments) == []


def test_several_templates_of_one_person(folder: Path, tmp_path: Path) -> None:
    own = make(tmp_path / "people")
    items = tuple(ItemFeatures.of(n, embedding=embedding(1, spread=0.2)) for n in (1, 2, 3))
    with opened(own, KEY) as store:
        store.add("Ann", purpose="tests", features=Features(items=items))
    registry = Registry.load(own, KEY)
    assert len(registry) == 1
    assert registry.templates.shape == (3, 128)
    (found,) = registry.nearest(embedding(1, spread=0.2)[None])
    assert 0.1 < found.distance < 0.5


def test_digests_pictures_and_clips_name_person_and_item(registry: Registry) -> None:
    assert registry.same_file(pdq(9000 * 5 + 2).hex) == [Item(person(5).id, 2)]
    assert registry.same_file("0" * 64) == []
    assert registry.picture(4) == Item(person(5).id, 1)
    assert registry.clip(4) == Item(person(5).id, 2)
    kept = features(5).items[0].picture_print()
    assert registry.print_of(4) == kept
    assert (registry.picture_count(), registry.clip_count()) == (20, 20)


def test_it_serves_checks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEWARDEN_PASSPHRASE", PASSPHRASE)
    likeness = known_people(folder)
    assert len(likeness) == 20
    (near,) = likeness.nearest(embedding(3)[None])
    assert likeness.name_of(near.person) == "Person 3"
    likeness.spend(1)
    likeness.spend(1)
    with pytest.raises(RateLimitedError):
        likeness.spend(1)


def test_from_5000_templates_on_nobody_is_named_by_face(tmp_path: Path) -> None:
    folder = make(tmp_path / "people")

    def many(count: int) -> Features:
        return Features(items=tuple(ItemFeatures.of(n, embedding=embedding(1)) for n in range(1, count + 1)))

    with opened(folder, KEY) as store:
        ann = store.add("Ann", purpose="tests", features=many(4999))
    registry = Registry.load(folder, KEY)
    (found,) = registry.nearest(embedding(1)[None])
    assert (found.name, found.sure) == ("Ann", False)
    assert found.false_positive_rate < 0.5
    with opened(folder, KEY) as store:
        store.update(ann, many(5000))
    assert registry.refresh()
    assert registry.nearest(embedding(1)[None]) == []
    assert not registry.tells_faces_apart

"""Copies and people that stand in two splits under names that do not tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("pdqhash", reason="needs the extra [protect]: pdqhash is missing")

from facewarden.lab import dataset
from facewarden.lab.content_leaks import (
    ContentLeaks,
    Opened,
    belonging_together,
    content_leaks,
    drawn,
    opened,
)
from facewarden.lab.dataset import Item
from facewarden.lab.lookalikes import Alike, People, Pictures
from facewarden.lab.splitting import divide
from people import collins, hopper

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same portrait in both splits, encoded anew; another picture of that face; somebody else; and no picture."""
    root = tmp_path_factory.mktemp("leaky")
    tight = collins()[20:220, 120:330]
    Image.fromarray(collins()).save(root / "0.png")
    Image.fromarray(collins()).save(root / "1.jpg", quality=70)
    Image.fromarray(tight).resize((500, 480)).save(root / "2.jpg", quality=85)
    Image.fromarray(hopper()).save(root / "3.jpg")
    (root / "4.jpg").write_bytes(b"no picture" * 100)
    return root


@pytest.fixture
def items(leaky: Path, write_manifest: Callable[[Path, Sequence[dict[str, str]]], Path]) -> tuple[Item, ...]:
    rows = [
        {"path": "0.png", "split": "train", "identity": "eileen"},
        {"path": "1.jpg", "split": "dev", "identity": "e_collins"},
        {"path": "2.jpg", "split": "dev", "identity": "astronaut"},
        {"path": "3.jpg", "split": "dev", "identity": "grace"},
        {"path": "4.jpg", "split": "dev", "identity": "nobody"},
    ]
    return dataset.load(write_manifest(leaky, rows)).items


def test_names_and_bytes_tell_nothing_but_looks_do(items: tuple[Item, ...]) -> None:
    assert dataset.leaks(items) == ()
    found = content_leaks(opened(items, cache=None))
    copies = [line for line in found.errors if line.startswith("near duplicates")]
    assert len(copies) == 1
    assert "0.png (train, eileen)" in copies[0]
    assert "1.jpg (dev, e_collins)" in copies[0]
    same = [line for line in found.errors if line.startswith("the same face")]
    assert len(same) == 2
    assert any("2.jpg (dev, astronaut)" in line for line in same)
    assert not any("3.jpg" in line for line in (*found.errors, *found.warnings))
    assert "Opened 4 files; 1 could not be read; 0 show no face" in found.summary
    assert "Faces: 3 pairs in different splits under different names." in found.summary


def test_what_looks_alike_is_not_parted_by_new_splits(items: tuple[Item, ...]) -> None:
    seen = opened(items, cache=None)
    links = belonging_together(seen)
    for seed in range(8):
        divided = divide(items, {"train": 0.5, "dev": 0.5}, seed=seed, links=links)
        split_of = {item.path.name: item.split for item in divided.items}
        assert len({split_of[name] for name in ("0.png", "1.jpg", "2.jpg")}) == 1
        new = {item.path: item for item in divided.items}
        anew = Opened(tuple(one._replace(item=new[one.item.path]) for one in seen.seen), ())
        assert content_leaks(anew).errors == ()


def test_looks_are_kept_and_pictures_are_not(items: tuple[Item, ...], tmp_path: Path) -> None:
    first = opened(items, cache=tmp_path)
    (kept,) = tmp_path.iterdir()
    assert kept.stat().st_size < 40_000
    before = kept.read_text()
    again = opened(items, cache=tmp_path)
    assert kept.read_text() == before
    assert content_leaks(again).errors == content_leaks(first).errors


def _item(number: int, *, split: str = "dev", fake: bool = False, method: str = "m") -> Item:
    label = "fake" if fake else "real"
    return Item(Path(f"{number}.jpg"), split, label, "photo", method, f"p{number}", "", "CC0")


def _found(near: Sequence[Alike], pairs: int) -> ContentLeaks:
    return ContentLeaks(Opened((), ()), Pictures((), 0), People(tuple(near), pairs, (1000, 3)))


def test_how_many_were_compared_decides_what_is_an_error() -> None:
    alike = Alike(_item(0, split="train"), _item(1), 0.25)
    few, many = _found([alike], 1000), _found([alike], 10_000_000)
    assert few.errors == ("the same face, 0.250 apart: 0.jpg (train, p0) and 1.jpg (dev, p1)",)
    assert few.warnings == ()
    assert many.errors == ()
    assert many.warnings == ("probably the same face, 0.250 apart: 0.jpg (train, p0) and 1.jpg (dev, p1)",)
    assert "so at most 1,000 of these" in many.summary
    assert "3 of 1,000 pairs of faces under different names are within 0.31." in many.summary


def test_the_face_in_a_forgery_may_be_its_donors() -> None:
    found = _found([Alike(_item(0, split="train", fake=True), _item(1), 0.05)], 1000)
    assert found.errors == ()
    assert "in a forgery it may be that of its donor" in found.warnings[0]


def test_a_sample_takes_of_each_method_label_and_split() -> None:
    items = [
        _item(n, split="dev" if n % 2 else "train", fake=n % 3 == 0, method="a" if n < 60 else "b")
        for n in range(120)
    ]
    chosen = drawn(items, 4, seed=5)
    groups = {(item.split, item.label, item.method) for item in items}
    assert len(chosen) == 4 * len(groups)
    assert chosen == [item for item in items if item in set(chosen)]
    assert chosen == drawn(items, 4, seed=5) != drawn(items, 4, seed=6)
    assert drawn(items, 1000, seed=0) == items


def test_noise_is_not_taken_for_copies(collection: Callable[..., Path]) -> None:
    sides = [collection("one", split="dev", pairs=3), collection("two", split="train", pairs=3)]
    items = [item for side in sides for item in dataset.load(side).items]
    found = content_leaks(opened(items, cache=None))
    assert found.errors == found.warnings == ()
    assert found.opened.without_face == len(items)
    assert np.isclose(found.sure_distance, 0.31)

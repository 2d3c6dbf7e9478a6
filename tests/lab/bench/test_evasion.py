"""Detection against budget: who is drawn, who attacks, what goes on from what. The check is a stand-in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("skimage", reason="needs the extra [lab]: scikit-image is missing")

from facewarden.errors import UsageError
from facewarden.faces.mesh import MeshFace
from facewarden.lab import dataset
from facewarden.lab.attacks.evade import Evade
from facewarden.lab.attacks.visible import Change, Patch, patch_of
from facewarden.lab.bench import evasion
from facewarden.lab.bench.evasion import HOWS, Plan, Victim, attacked, measure, victims
from facewarden.lab.bench.photo_check import PhotoCheck, Seen
from facewarden.media.frame import ImageRGB
from facewarden.report.model import Level
from tests.lab.attacks.scenes import portrait

pytestmark = pytest.mark.lab

FOUND = Seen(Level.LIKELY, "", 3.0, False)
MISSED = Seen(Level.NO_SIGN, "", -3.0, False)


class StandIn:
    """Finds one face everywhere and calls what is brighter than 90 on average a forgery."""

    def __init__(self) -> None:
        self.finder = self
        self.judged: list[ImageRGB] = []

    def find(self, image_rgb: ImageRGB, *, thorough: bool, last_resort: bool) -> list[MeshFace]:
        return list(portrait().faces)

    def judge(self, image_rgb: ImageRGB) -> Seen:
        self.judged.append(image_rgb)
        return FOUND if image_rgb.mean() > 90 else MISSED


def as_check(stand_in: Any) -> PhotoCheck:
    return stand_in


@pytest.fixture
def folder(tmp_path: Path, write_manifest: Callable[..., Path], noise_photo: Callable[..., Path]) -> Path:
    rows = []
    for number in range(24):
        method = ("dfdc_crops", "stylegan2", "ffhq")[number % 3]
        noise_photo(tmp_path / f"{number}.jpg", seed=number, size=600)
        rows.append({"method": method, "label": "real" if method == "ffhq" else "fake"})
    return write_manifest(tmp_path, rows)


@pytest.fixture(autouse=True)
def no_swaps(monkeypatch: pytest.MonkeyPatch) -> None:
    class Swap:
        def __init__(self, source: ImageRGB, **options: Any) -> None: ...

        def apply(self, image_rgb: ImageRGB, face: MeshFace) -> tuple[ImageRGB, None]:
            return np.full_like(image_rgb, 200), None

    monkeypatch.setattr(evasion, "OnePhotoSwap", Swap)


def drawn(folder: Path, count: int, seed: int = 0, check: Any = None) -> Iterator[Victim]:
    return victims(dataset.load(folder), check or StandIn(), count=count, seed=seed)


def test_half_dfdc_a_quarter_gan_a_quarter_swaps_and_the_seed_decides(folder: Path) -> None:
    methods = [victim.method for victim in drawn(folder, 8)]
    assert methods == ["dfdc_crops", "stylegan2", "dfdc_crops", "one_photo"] * 2
    one, two, other = ([v.image_rgb.tobytes() for v in drawn(folder, 6, seed=seed)] for seed in (1, 1, 2))
    assert one == two
    assert one != other


def test_what_the_check_does_not_find_is_no_victim(folder: Path) -> None:
    class Blind(StandIn):
        def judge(self, image_rgb: ImageRGB) -> Seen:
            return MISSED

    with pytest.raises(UsageError, match="holds 0 forgeries that are found, fewer than 3"):
        list(drawn(folder, 3, check=Blind()))


class Attacks:
    """Stands in for `Evade.change`: darkens the patch at once; keeps what it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, content: bool = False) -> None:
        self.asked: list[tuple[str, bool, float, Change | None]] = []
        self.content = content
        attacks = self

        def change(
            self: Evade, image_rgb: ImageRGB, patch: Patch, rng: object, *, start: Change | None = None
        ) -> Change:
            attacks.asked.append((self.how, self.aware, self.psnr_db, start))
            if attacks.content and start is not None:
                return start
            return np.full(patch.image_rgb.shape, -200.0, np.float32)

        monkeypatch.setattr(Evade, "change", change)


def victim() -> Victim:
    scene = portrait()
    patch = patch_of(scene.frame.image_rgb, scene.faces[0])
    assert patch is not None
    return Victim("one_photo", scene.frame.image_rgb, patch, FOUND)


def test_each_budget_goes_on_from_the_stricter_one_and_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    attacks, check = Attacks(monkeypatch), StandIn()
    outcomes = list(attacked(victim(), as_check(check), Plan(("score",), (36.0, 48.0))))
    assert [o.budget_db for o in outcomes] == [float("inf"), 48.0, 36.0]
    assert [o.psnr_db >= o.budget_db for o in outcomes] == [True, True, True]
    assert [budget for *_, budget, _ in attacks.asked] == [48.0, 36.0]
    assert [start is None for *_, start in attacks.asked] == [True, False]
    assert len(check.judged) == 1 + 4, "untouched after JPEG, then each picture as it is and after JPEG"


def test_what_was_good_enough_is_kept_and_not_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    Attacks(monkeypatch, content=True)
    check = StandIn()
    _, strict, wide = attacked(victim(), as_check(check), Plan(("gradient",), (48.0, 40.0)))
    assert wide == replace(strict, budget_db=40.0)
    assert len(check.judged) == 1 + 2


def test_every_attacker_begins_with_the_same_forgery(monkeypatch: pytest.MonkeyPatch) -> None:
    attacks = Attacks(monkeypatch)
    outcomes = list(attacked(victim(), as_check(StandIn()), Plan(HOWS, (40.0,))))
    assert attacks.asked == [
        ("gradient", False, 40.0, None),
        ("score", False, 40.0, None),
        ("gradient", True, 40.0, None),
    ]
    assert [(o.how, o.budget_db) for o in outcomes] == [
        (how, db) for how in HOWS for db in (float("inf"), 40.0)
    ]


def test_all_are_measured_and_told_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Attacks(monkeypatch)
    monkeypatch.setattr(evasion, "PhotoCheck", StandIn)
    told: list[tuple[str, int, int]] = []
    outcomes = measure(
        dataset.load(folder), Plan(("score",), (40.0,)), count=3, hook=lambda *step: told.append(step)
    )
    assert [o.method for o in outcomes] == [
        m for m in ("dfdc_crops", "stylegan2", "dfdc_crops") for _ in range(2)
    ]
    assert told == [("evasion", number, 3) for number in (1, 2, 3)]


def test_side_by_side_the_same_comes_out(tmp_path: Path, write_manifest: Callable[..., Path]) -> None:
    example = Path(__file__).parents[3] / "examples" / "LAB-swap.jpg"
    shutil.copy(example, tmp_path / "0.jpg")
    write_manifest(tmp_path, [{"method": "dfdc_crops", "label": "fake"}])
    plan = Plan(("score",), (44.0,), queries=10)
    alone, beside = (
        measure(dataset.load(tmp_path), plan, count=1, processes=processes) for processes in (1, 2)
    )
    assert [o.budget_db for o in alone] == [float("inf"), 44.0]
    assert alone == beside

"""The table of detection against budget: who is drawn, what is counted. The check is a stand-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from facewarden.lab.bench.evasion import Outcome, PhotoCheck, Seen, Victim, attacked, markdown, victims
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

    def find(self, image_rgb: ImageRGB, *, last_resort: bool) -> list[MeshFace]:
        return list(portrait().faces)

    def judge(self, image_rgb: ImageRGB) -> Seen:
        self.judged.append(image_rgb)
        return FOUND if image_rgb.mean() > 90 else MISSED


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


def test_each_budget_goes_on_from_the_stricter_one_and_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    starts: list[tuple[float, Change | None]] = []

    def change(
        self: Evade, image_rgb: ImageRGB, patch: Patch, rng: object, *, start: Change | None = None
    ) -> Change:
        starts.append((self.psnr_db, start))
        return np.full(patch.image_rgb.shape, -200.0, np.float32)

    monkeypatch.setattr(Evade, "change", change)
    scene = portrait()
    patch = patch_of(scene.frame.image_rgb, scene.faces[0])
    assert patch is not None
    victim = Victim("one_photo", scene.frame.image_rgb, patch, FOUND)
    check: Any = StandIn()
    outcomes = list(attacked(victim, check, how="score", budgets_db=(36.0, 48.0), effort=10, seed=0))
    assert [o.budget_db for o in outcomes] == [48.0, 36.0]
    assert [o.psnr_db >= o.budget_db for o in outcomes] == [True, True]
    assert [budget for budget, _ in starts] == [48.0, 36.0]
    assert starts[0][1] is None
    assert starts[1][1] is not None
    assert len(check.judged) == 4, "each picture as it is and after JPEG"


def outcome(budget_db: float, seen: Seen, after_jpeg: Seen = FOUND) -> Outcome:
    return Outcome("dfdc_crops", "gradient", budget_db, seen, after_jpeg, 40.0, 0.95)


def test_the_table_counts_what_it_says() -> None:
    unsure = Seen(Level.INCONCLUSIVE, "unstable", None, False)
    noticed = Seen(Level.NO_SIGN, "", -1.0, True)
    table = markdown(
        [outcome(float("inf"), FOUND)] * 4
        + [outcome(44.0, seen, MISSED) for seen in (FOUND, MISSED, noticed, unsure)]
    )
    untouched, attacked_row = table.splitlines()[2:]
    cells = [cell.strip() for cell in attacked_row.strip("|").split("|")]
    assert untouched.startswith("| white box | untouched | 4 | 100% | 3.0 | 0% | 0% |")
    assert cells[:7] == ["white box", "44 dB", "4", "25%", "-0.3", "50%", "25%"]
    assert cells[7:] == ["25% (25%)", "0.950", "0%", "100%"]
    assert len(cells) == len(table.splitlines()[0].strip("|").split("|"))


def test_the_check_in_memory_is_the_one_of_the_file() -> None:
    from facewarden.checker import Checker

    path = Path(__file__).parents[3] / "examples" / "genuine.jpg"
    report = Checker().check(path)
    from PIL import Image

    with Image.open(path) as picture:
        seen = PhotoCheck().judge(np.asarray(picture.convert("RGB")))
    (score,) = [c.score for face in report.faces for c in face.cues if c.cue == "frame_forgery"]
    assert seen.level is report.level
    assert seen.logit == pytest.approx(score, abs=0.02)

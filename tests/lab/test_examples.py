"""The examples can be made anew, and the forgeries among them say so in every way."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from people import collins, hopper

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("scipy", reason="needs the extra [lab]: SciPy is missing")
pytest.importorskip("cryptography", reason="needs the extra [lab]: cryptography is missing")

from facewarden.cli.lab_examples import examples_command
from facewarden.cues.lab_mark import find_lab_mark
from facewarden.cues.provenance import ProvenanceCue
from facewarden.errors import UsageError
from facewarden.faces.detector import FaceDetector
from facewarden.faces.mesh import FaceMesh
from facewarden.lab import examples
from facewarden.media import open_media, probe
from facewarden.media.frame import ImageRGB

pytestmark = pytest.mark.lab

COMMITTED = Path(__file__).parents[2] / "examples"
NAMES = ["genuine.jpg", "LAB-swap.jpg", "genuine.mp4", "LAB-swap.mp4", "README.md"]


def frames_of(path: Path) -> list[ImageRGB]:
    with open_media(path, frames_per_s=None) as media:
        return [frame.image_rgb.copy() for frame in media.frames()]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    collins(), hopper()
    folder = tmp_path_factory.mktemp("examples")
    result = CliRunner().invoke(examples_command, ["-o", str(folder)], catch_exceptions=False)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [str(folder / name) for name in NAMES]
    return folder


@pytest.fixture(params=["made", "committed"])
def folder(request: pytest.FixtureRequest) -> Path:
    if request.param == "made":
        return Path(request.getfixturevalue("made"))
    return COMMITTED


def test_what_is_there(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == set(NAMES)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_500_000


def test_the_readme_is_the_committed_one(made: Path) -> None:
    assert (made / "README.md").read_bytes() == (COMMITTED / "README.md").read_bytes()


@pytest.mark.parametrize("name", ["LAB-swap.jpg", "LAB-swap.mp4"])
def test_a_forgery_carries_all_marks(folder: Path, name: str) -> None:
    path = folder / name
    frames = frames_of(path)
    assert all(find_lab_mark([frame]).present for frame in (frames[0], frames[len(frames) // 2], frames[-1]))
    origin = ProvenanceCue().origin(path, probe(path))
    assert origin.lab_marked
    assert origin.declares_ai
    assert origin.c2pa == "untrusted"
    # The banner: dark with yellow letters along the whole bottom, and no face near it.
    strip = frames[-1][-24:].astype(int)
    assert (strip.max(-1) < 80).mean() > 0.5
    assert ((strip[..., 0] > 150) & (strip[..., 2] < 100)).mean() > 0.02
    (face,) = FaceMesh().fit_detections(frames[-1], FaceDetector().detect(frames[-1]))
    height = face.box_xyxy[3] - face.box_xyxy[1]
    assert face.box_xyxy[3] + 0.3 * height < frames[-1].shape[0] - 40


@pytest.mark.parametrize("name", ["genuine.jpg", "genuine.mp4"])
def test_a_genuine_one_carries_none(folder: Path, name: str) -> None:
    path = folder / name
    assert not find_lab_mark(frames_of(path)[:8]).present
    origin = ProvenanceCue().origin(path, probe(path))
    assert not origin.lab_marked
    assert not origin.declares_ai


@pytest.mark.parametrize("suffix", [".jpg", ".mp4"])
def test_only_the_face_was_changed(folder: Path, suffix: str) -> None:
    genuine, forged = (frames_of(folder / f"{stem}{suffix}") for stem in ("genuine", "LAB-swap"))
    assert len(genuine) == len(forged) == (1 if suffix == ".jpg" else 75)
    for before, after in list(zip(genuine, forged, strict=True))[::30]:
        (face,) = FaceMesh().fit_detections(before, FaceDetector().detect(before))
        change = np.abs(before.astype(int) - after).mean(-1)
        x0, y0, x1, y1 = face.box_xyxy.astype(int)
        inside = change[y0:y1, x0:x1].mean()
        change[y0:y1, x0:x1] = 0
        assert inside > 15
        # What is left elsewhere, above the banner, is the invisible mark and the coding.
        assert change[:-40].mean() < 5


def test_the_clip_moves_and_is_the_same_each_time() -> None:
    first, again = (list(examples.animated(collins(), frames=5)) for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert np.abs(first[0].astype(int) - first[2]).mean() > 3
    # The window never leaves the picture.
    white = np.full_like(collins(), 200)
    assert all(frame.min() > 180 for frame in examples.animated(white))


@pytest.mark.parametrize("missing", ["skimage", "matplotlib"])
def test_without_the_portraits(missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [n for n in sys.modules if n.split(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(UsageError, match=r"pip install 'facewarden\[lab\]'"):
        examples.write_examples(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    monkeypatch.undo()
    importlib.import_module(missing)

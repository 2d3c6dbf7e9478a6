from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from facewarden.errors import UsageError
from facewarden.faces import warp
from facewarden.media.frame import Frame

pytest.importorskip("torch", reason="needs the extra [lab]")
pytest.importorskip("h5py", reason="needs the extra [lab]")

from facewarden.lab.peers import mesonet
from facewarden.lab.peers.meso_detector import MesoNetDetector, crop_transform, weights_folder

pytestmark = pytest.mark.lab


@pytest.fixture
def folder(tmp_path: Path, random_weights: Callable[..., Any], save_weights: Callable[..., Path]) -> Path:
    (tmp_path / "mesonet").mkdir()
    for seed, (name, file) in enumerate(mesonet.WEIGHTS.items()):
        kind = "inception" if "Inception" in name else "plain"
        save_weights(tmp_path / "mesonet" / file, random_weights(kind, seed))
    return tmp_path / "mesonet"


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    """The astronaut portrait that scikit-image ships (public domain)."""
    data = pytest.importorskip("skimage.data", reason="needs the extra [lab]")
    Image.fromarray(data.astronaut()).save(tmp_path / "astronaut.png")
    return tmp_path / "astronaut.png"


def test_a_face_is_judged_by_the_mean_of_four_networks(folder: Path, portrait: Path) -> None:
    found = MesoNetDetector(folder).judge(portrait)
    assert found.score is not None
    assert 0 < found.score < 1
    assert set(found.parts) == {f"MesoNet {name}" for name in mesonet.WEIGHTS}
    assert found.score == pytest.approx(np.mean(list(found.parts.values())))
    assert len(set(found.parts.values())) == 4


def test_a_clip_is_judged_by_the_mean_over_its_frames(folder: Path, portrait: Path) -> None:
    bright = np.asarray(Image.open(portrait).convert("RGB"))
    dark = (bright // 2).astype(np.uint8)

    def frames_of(*pictures: Any) -> Callable[[Path], Iterator[Frame]]:
        return lambda path: (Frame(picture, 0.1 * n, n) for n, picture in enumerate(pictures))

    nothing = np.zeros_like(bright)
    one, two, both = (
        MesoNetDetector(folder, frames).predict(portrait)
        for frames in (frames_of(bright), frames_of(dark), frames_of(bright, nothing, dark))
    )
    assert one is not None
    assert two is not None
    assert abs(one - two) > 1e-6
    assert both == pytest.approx((one + two) / 2)


def test_no_face_is_an_abstention(folder: Path, tmp_path: Path) -> None:
    Image.new("RGB", (200, 200), (90, 120, 90)).save(tmp_path / "lawn.png")
    found = MesoNetDetector(folder).judge(tmp_path / "lawn.png")
    assert (found.score, found.reason, found.parts) == (None, "no_face", {})


def test_a_detector_travels_without_its_networks(folder: Path, portrait: Path) -> None:
    detector = MesoNetDetector(folder)
    before = detector.predict(portrait)
    packed = pickle.dumps(detector)
    assert len(packed) < 2000
    assert pickle.loads(packed).predict(portrait) == before  # noqa: S301 - our own bytes


def test_other_weights_are_another_version(
    folder: Path, random_weights: Callable[..., Any], save_weights: Callable[..., Path]
) -> None:
    first = MesoNetDetector(folder).version
    assert first == MesoNetDetector(folder).version
    save_weights(folder / mesonet.WEIGHTS["Meso4_DF"], random_weights("plain", 77))
    assert first != MesoNetDetector(folder).version


def test_missing_weights_say_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / mesonet.WEIGHTS["Meso4_F2F"]).unlink()
    with pytest.raises(UsageError, match="--mesonet DIR"):
        MesoNetDetector(folder)
    monkeypatch.setenv("FACEWARDEN_PEERS", str(folder))
    assert weights_folder() == folder
    assert weights_folder(Path("other")) == Path("other")


def test_the_crop_is_the_papers_square() -> None:
    """Eyes 100 px apart, mouth 110 px below: an upright square of 2.86 x 110 px around the nose."""
    landmarks = np.zeros((468, 2))
    landmarks[[33, 133, 159, 145]] = (-50, 0)
    landmarks[[263, 362, 386, 374]] = (50, 0)
    landmarks[[0, 13, 14, 17, 61, 291]] = (0, 110)
    landmarks[[4, 6]] = (0, 40)
    for angle in np.radians([0, 35, 180]):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        placed = landmarks @ turn.T + (300, 200)
        crop = warp.apply(crop_transform(placed), placed)
        assert crop[4] == pytest.approx([127.5, 127.5], abs=1e-3)
        assert np.linalg.norm(crop[0] - (crop[33] + crop[263]) / 2) == pytest.approx(256 / 2.86, rel=1e-5)
        assert crop[33][1] == pytest.approx(crop[263][1], abs=1e-3)
        assert crop[33][0] < crop[263][0]
        assert crop[0][1] > crop[33][1]

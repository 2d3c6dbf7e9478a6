"""Bits after encoding anew: what a file's own encoder did plays no part any more."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facewarden.lab import dataset
from facewarden.lab.peers.metadata import kinds_by_suffix
from facewarden.lab.peers.recoded import RecodedBits, recoded_bits_per_pixel
from facewarden.lab.training.prepare import Recoding, recode

pytestmark = pytest.mark.lab

CLIP = Path(__file__).parents[3] / "examples" / "genuine.mp4"


def test_the_encoder_of_the_file_plays_no_part(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(90, 160, (64, 64, 3)).astype(np.uint8)
    bits = []
    for name in ("plain.png", "plain.bmp"):
        Image.fromarray(pixels).save(tmp_path / name)
        bits.append(recoded_bits_per_pixel(tmp_path / name, "photo"))
    assert bits[0] == bits[1]


def test_softer_twins_take_fewer_bits_and_the_direction_is_learnt(collection: Callable[..., Path]) -> None:
    items = dataset.load(collection(pairs=6, softness=0.6)).items
    detector = RecodedBits.fit(items, kinds_by_suffix(items), most=4)
    assert detector.signs == {"photo": -1.0}
    for couple in dataset.twins(items):
        fake, real = detector.predict(couple.fake.path), detector.predict(couple.real.path)
        assert fake is not None
        assert real is not None
        assert fake > real
    assert detector.predict(Path("some.xyz")) is None


def test_a_clip_is_encoded_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    # Encoded once for both: by its code for AVX-512 x264 does not write the same bytes twice.
    once = recode(CLIP, Recoding("crf23", 23)).getvalue()
    monkeypatch.setattr("facewarden.lab.peers.recoded.recode", lambda *_: io.BytesIO(once))
    bits = recoded_bits_per_pixel(CLIP, "clip")
    assert 0 < bits < 24
    assert RecodedBits({".mp4": "clip"}).predict(CLIP) == pytest.approx(-np.log(bits))

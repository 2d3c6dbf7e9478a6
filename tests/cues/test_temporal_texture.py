"""Texture that stays while its surroundings change speaks for a face that is drawn anew; nothing else does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from facewarden.cues.reading import Reading
from facewarden.cues.regions import face_and_ring
from facewarden.cues.temporal_texture import NAME, TemporalTexture, bands
from facewarden.faces import align
from facewarden.faces.finder import FaceFinder
from facewarden.faces.track import FaceSample
from facewarden.media.frame import Frame, ImageRGB
from people import collins
from tests.cues.samples import CLIP, PHOTO, sample, track

QUARTERS = tuple(n / 4 for n in range(8))


@cache
def genuine() -> FaceSample:
    image = np.asarray(collins())
    (face,) = FaceFinder().find(image)
    return align.sample(Frame(image, 0.0, 0), face, track=1)


def moments(
    *, inside: float, around: float, times_s: Sequence[float] = QUARTERS, seed: int = 0
) -> list[FaceSample]:
    """The same face again and again, with a film of grain that is new each time: so much inside, so much around."""
    face = genuine()
    inner, _ = face_and_ring(face.crop_landmarks, face=0.95, ring=(1.0, 1.3))
    rng = np.random.default_rng(seed)
    amount = np.where(inner, inside, around)[..., None]
    grain = (rng.normal(0, 1, (256, 256, 1)) * amount for _ in times_s)
    crops = [np.clip(face.crop_rgb + film, 0, 255).astype(np.uint8) for film in grain]
    return [seen(crop, time_s) for crop, time_s in zip(crops, times_s, strict=True)]


def seen(crop_rgb: ImageRGB, time_s: float, *, nods_px: float = 2.0, **changes: object) -> FaceSample:
    landmarks = genuine().crop_landmarks + np.float32(nods_px * (round(time_s * 4) % 2)) * np.float32([0, 1])
    return sample(time_s, crop_rgb=crop_rgb, crop_landmarks=landmarks, **changes)


def word(samples: Sequence[FaceSample], *, batch: int = 3) -> Reading:
    session = TemporalTexture().open(CLIP)
    for start in range(0, len(samples), batch):
        session.see(samples[start : start + batch])
    return session.conclude(track())


def score(samples: Sequence[FaceSample]) -> float:
    said = word(samples).score
    assert said is not None
    return said


def test_a_face_that_changes_like_its_surroundings_is_lively() -> None:
    reading = word(moments(inside=8, around=8))
    assert reading.cue == NAME
    assert reading.sentence.id == f"cue.{NAME}.lively"
    assert not reading.abstained
    assert reading.facts["pairs"] == 25, "eight moments, each with up to five before it"


def test_a_face_that_stays_while_its_surroundings_change_is_steady() -> None:
    reading = word(moments(inside=2, around=10))
    assert reading.sentence.id == f"cue.{NAME}.steady"
    assert isinstance(change := reading.facts["relative_change"], float)
    assert change < 0.64


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000), grains=st.permutations([2.0, 5.0, 9.0]))
def test_the_less_the_face_changes_the_higher_the_score(seed: int, grains: list[float]) -> None:
    scores = {inside: score(moments(inside=inside, around=9, seed=seed)) for inside in grains}
    assert scores[2.0] > scores[5.0] > scores[9.0]


def test_what_happens_to_the_whole_picture_matters_little() -> None:
    def laundered(crop: ImageRGB) -> ImageRGB:
        soft = Image.fromarray(crop).filter(ImageFilter.GaussianBlur(0.8))
        return (np.asarray(soft) * 0.8 + 10).astype(np.uint8)

    as_filmed = moments(inside=3, around=10)
    worse = [seen(laundered(s.crop_rgb), s.time_s) for s in as_filmed]
    assert score(worse) == pytest.approx(score(as_filmed), abs=0.25)


def test_the_size_of_batches_changes_nothing() -> None:
    samples = moments(inside=4, around=8)
    assert word(samples, batch=1) == word(samples, batch=8)


def test_tracks_are_kept_apart() -> None:
    steady, lively = moments(inside=2, around=10), moments(inside=8, around=8, seed=5)
    session = TemporalTexture().open(CLIP)
    for one, other in zip(steady, lively, strict=True):
        session.see([one, seen(other.crop_rgb, other.time_s, track=2)])
    assert session.conclude(track(1)) == word(steady)
    assert session.conclude(track(2)) == word(lively)


def test_moments_far_apart_or_too_close_are_not_compared() -> None:
    assert word(moments(inside=8, around=8, times_s=(0, 2, 4, 6, 8))).reason == "too_short"
    close = word(moments(inside=8, around=8, times_s=[n / 30 for n in range(31)]))
    assert close.facts["pairs"] == 15, "six moments of a second, 0.2 s apart: 5 + 4 + 3 + 2 + 1"


def test_too_few_moments() -> None:
    assert word([]).reason == "too_short"
    assert word(moments(inside=8, around=8, times_s=(0, 0.25))).reason == "too_short"
    blurred = [seen(s.crop_rgb, s.time_s, sharpness=0.05) for s in moments(inside=8, around=8)]
    assert word(blurred).reason == "too_blurred"


def test_a_still_picture_shown_as_a_clip_is_not_judged() -> None:
    reading = word([seen(genuine().crop_rgb, t) for t in QUARTERS])
    assert reading.abstained
    assert reading.reason == "nothing_moves"


def test_a_camera_that_pans_over_a_photograph_is_not_judged() -> None:
    noisy = [seen(s.crop_rgb, s.time_s, nods_px=1.0) for s in moments(inside=2, around=10)]
    assert word(noisy).reason == "nothing_moves"


def test_a_face_without_surroundings_is_not_judged() -> None:
    def cut_out(crop: ImageRGB) -> ImageRGB:
        inner, _ = face_and_ring(genuine().crop_landmarks, face=0.95, ring=(1.0, 1.3))
        return np.where(inner[..., None], crop, 127).astype(np.uint8)

    samples = moments(inside=8, around=8)
    assert word([seen(cut_out(s.crop_rgb), s.time_s) for s in samples]).reason == "out_of_range"


def test_photos_are_none_of_its_business() -> None:
    session = TemporalTexture().open(PHOTO)
    session.see(moments(inside=8, around=8))
    assert session.conclude(track()).reason == "not_applicable"


def test_bands_add_up_to_the_picture_without_its_coarsest_part() -> None:
    crop = genuine().crop_rgb
    grey = np.asarray(Image.fromarray(crop).convert("L").convert("F").reduce(2))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(grey, 7, mode="edge"), (15, 15))
    assert np.allclose(bands(crop).sum(0), grey - windows.mean((-2, -1)), atol=1e-3)

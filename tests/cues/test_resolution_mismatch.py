"""The inner face against its surroundings: what blur, a small core and sharpening do to the signature."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageFilter

from facewarden.cues.resolution_mismatch import NAME, ResolutionMismatch, signature
from facewarden.faces import align
from facewarden.faces.finder import FaceFinder
from facewarden.faces.track import FaceSample
from facewarden.media.frame import Frame, ImageRGB
from people import collins, hopper
from tests.cues.samples import CLIP, sample, track

PEOPLE = {"collins": collins, "hopper": hopper}


@cache
def genuine(who: str) -> FaceSample:
    image = np.asarray(PEOPLE[who]())
    (face,) = FaceFinder().find(image)
    return align.sample(Frame(image, 0.0, 0), face, track=1)


def changed(face: FaceSample, inner: Image.Image, *, whole: bool = False) -> ImageRGB:
    """The crop with `inner` under a soft ellipse over the inner face (or everywhere)."""
    if whole:
        return np.asarray(inner)
    y, x = np.mgrid[:256, :256]
    low, high = face.crop_landmarks.min(0), face.crop_landmarks.max(0)
    (cx, cy), (rx, ry) = (low + high) / 2, (high - low) / 2 * 0.85
    mask = Image.fromarray(((((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1) * 255).astype(np.uint8))
    picture = Image.fromarray(face.crop_rgb)
    picture.paste(inner, mask=mask.filter(ImageFilter.GaussianBlur(3)))
    return np.asarray(picture)


def blurred(face: FaceSample, radius: float) -> Image.Image:
    return Image.fromarray(face.crop_rgb).filter(ImageFilter.GaussianBlur(radius))


def core(face: FaceSample, pixels: int) -> Image.Image:
    small = Image.fromarray(face.crop_rgb).resize((pixels, pixels), Image.Resampling.BOX)
    return small.resize((256, 256), Image.Resampling.BICUBIC)


def sharpened(face: FaceSample, percent: int) -> Image.Image:
    return Image.fromarray(face.crop_rgb).filter(ImageFilter.UnsharpMask(1.5, percent, 0))


def measured(face: FaceSample, crop: ImageRGB) -> np.ndarray:
    found = signature(crop, face.crop_landmarks)
    assert found is not None
    return found


@pytest.mark.parametrize("who", PEOPLE)
def test_a_softer_inner_face_lowers_the_signature_the_more_the_softer(who: str) -> None:
    face = genuine(who)
    fine = [measured(face, changed(face, blurred(face, radius)))[0] for radius in (0, 1, 2, 3)]
    assert fine == sorted(fine, reverse=True)
    assert fine[0] - fine[-1] > 0.5


@pytest.mark.parametrize("who", PEOPLE)
def test_a_core_of_few_pixels_lacks_the_finest_octave(who: str) -> None:
    face = genuine(who)
    plain = measured(face, face.crop_rgb)
    small = measured(face, changed(face, core(face, 72)))
    assert small[0] < plain[0] - 0.3


@pytest.mark.parametrize("who", PEOPLE)
def test_a_sharper_inner_face_raises_the_signature(who: str) -> None:
    face = genuine(who)
    sums = [measured(face, changed(face, sharpened(face, percent))).sum() for percent in (0, 100, 250)]
    assert sums == sorted(sums)
    assert sums[-1] - sums[0] > 0.1


@pytest.mark.parametrize("who", PEOPLE)
def test_what_is_done_to_the_whole_picture_hardly_counts(who: str) -> None:
    face = genuine(who)
    plain = measured(face, face.crop_rgb)
    for inner in (blurred(face, 1.5), core(face, 96)):
        everywhere = np.abs(measured(face, changed(face, inner, whole=True)) - plain).max()
        inside = np.abs(measured(face, changed(face, inner)) - plain).max()
        assert everywhere < inside


@pytest.mark.parametrize("who", PEOPLE)
def test_light_hardly_counts(who: str) -> None:
    face = genuine(who)
    darker = (face.crop_rgb * 0.6).astype(np.uint8)
    assert np.abs(measured(face, darker) - measured(face, face.crop_rgb)).max() < 0.15


def test_without_surroundings_there_is_nothing_to_compare() -> None:
    face = genuine("hopper")
    y, x = np.mgrid[:256, :256]
    low, high = face.crop_landmarks.min(0), face.crop_landmarks.max(0)
    (cx, cy), (rx, ry) = (low + high) / 2, (high - low) / 2
    alone = face.crop_rgb.copy()
    alone[((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 > 1] = 127
    assert signature(alone, face.crop_landmarks) is None


def concluded(face: FaceSample, inner: Image.Image) -> tuple[str, float]:
    at_work = ResolutionMismatch().open(CLIP)
    crop = changed(face, inner)
    at_work.see(
        [
            sample(t, crop_rgb=crop, crop_landmarks=face.crop_landmarks, crop_scale=face.crop_scale)
            for t in (0.0, 1.0, 2.0)
        ]
    )
    reading = at_work.conclude(track())
    assert len(reading.series) == 3
    assert all(0 <= moment.score <= 1 for moment in reading.series)
    assert reading.score is not None
    assert reading.sentence.render("en")
    return reading.sentence.id.removeprefix(f"cue.{NAME}."), reading.score


def test_the_outcome_in_words() -> None:
    face = genuine("hopper")
    assert concluded(face, Image.fromarray(face.crop_rgb))[0] == "even"
    outcome, score = concluded(face, blurred(face, 3))
    assert outcome in {"softer", "resampled"}
    assert score > 2.3
    assert concluded(face, core(face, 60))[0] in {"softer", "resampled"}
    assert concluded(face, sharpened(face, 600))[0] == "sharper"


def test_faces_that_were_enlarged_are_not_judged() -> None:
    at_work = ResolutionMismatch().open(CLIP)
    face = genuine("hopper")
    at_work.see([sample(crop_rgb=face.crop_rgb, crop_landmarks=face.crop_landmarks, crop_scale=2.1)])
    reading = at_work.conclude(track())
    assert (reading.abstained, reading.reason) == (True, "too_small")


def test_tracks_are_kept_apart_and_forgotten() -> None:
    at_work = ResolutionMismatch().open(CLIP)
    face = genuine("hopper")
    fields = {"crop_landmarks": face.crop_landmarks, "crop_scale": 1.0}
    soft = changed(face, blurred(face, 3))
    at_work.see([sample(0, crop_rgb=face.crop_rgb, **fields), sample(0, track=2, crop_rgb=soft, **fields)])
    first, second = at_work.conclude(track(1)), at_work.conclude(track(2))
    assert first.score is not None
    assert second.score is not None
    assert second.score > first.score
    assert at_work.conclude(track(1)).abstained


def test_about_one_sample_a_second_is_measured() -> None:
    at_work = ResolutionMismatch().open(CLIP)
    face = genuine("hopper")
    fields = {"crop_rgb": face.crop_rgb, "crop_landmarks": face.crop_landmarks, "crop_scale": 1.0}
    at_work.see([sample(number / 2, track=name, **fields) for number in range(7) for name in (1, 2)])
    for name in (1, 2):
        assert [moment.time_s for moment in at_work.conclude(track(name)).series] == [0, 1, 2, 3]

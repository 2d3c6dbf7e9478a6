"""What happens to a picture afterwards happens to its twin alike."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.lab.training.launder import Laundry

pytestmark = pytest.mark.lab

SEEDS = st.integers(0, 2**32 - 1)
SIZE = 64


def picture(seed: int) -> np.ndarray:
    rows, columns = np.mgrid[:SIZE, :SIZE]
    wave = np.sin(rows / 5 + seed) * np.cos(columns / 7) * 60 + 128
    noise = np.random.default_rng(seed).normal(0, 12, (SIZE, SIZE, 1))
    return np.clip(wave[..., None] + (10, 0, -15) + noise, 0, 255).astype(np.uint8)


PLAIN = Laundry(
    gain=(1.0, 1.0, 1.0), lift=0.0, gamma=1.0, saturation=1.0, blur_sigma=0.0, scale=1.0, grow=cv2.INTER_CUBIC,
    noise=0.0, codec=".jpg", quality=99, second_quality=0, crf=0, drift=(0, 0), seed=0,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_one_laundry_is_one_and_the_same(seed: int) -> None:
    """Whatever is drawn: same seed same draw, applied twice the same pixels, and equal pictures stay equal."""
    laundry = Laundry.draw(np.random.default_rng(seed))
    assert laundry == Laundry.draw(np.random.default_rng(seed))
    image = picture(seed % 97)
    before = image.copy()

    out = laundry.apply(image)

    assert out.shape == image.shape
    assert out.dtype == np.uint8
    assert (image == before).all()
    assert (laundry.apply(image.copy()) == out).all()


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS)
def test_where_twins_are_equal_they_stay_about_equal(seed: int) -> None:
    """A change in one corner does not reach the far corner: both twins get the same treatment.

    With WebP and H.264 it does, since those predict each block from those before it.
    """
    laundry = replace(Laundry.draw(np.random.default_rng(seed)), codec=".jpg", crf=0)
    genuine, forged = picture(1), picture(1)
    forged[:16, :16] = 255 - forged[:16, :16]

    one, other = laundry.apply(genuine).astype(int), laundry.apply(forged).astype(int)

    assert np.abs(one[44:, 44:] - other[44:, 44:]).max() <= 2
    assert np.abs(one[:12, :12] - other[:12, :12]).mean() > 5


def test_a_third_stays_nearly_as_it_is() -> None:
    drawn = [Laundry.draw(np.random.default_rng(seed)) for seed in range(400)]
    gentle = [d for d in drawn if d.quality >= 85 and d.scale == 1 and not (d.blur_sigma or d.noise)]
    assert 0.27 < len(gentle) / len(drawn) < 0.45
    assert min(d.quality for d in drawn) < 25
    assert {d.codec for d in drawn} == {".jpg", ".webp"}
    assert 0.05 < np.mean([d.saturation == 0 for d in drawn]) < 0.15


def test_without_any_step_a_picture_stays() -> None:
    image = picture(2)
    assert np.abs(PLAIN.apply(image).astype(int) - image).mean() < 2


@pytest.mark.parametrize("codec", [".jpg", ".webp"])
def test_lower_quality_costs_more(codec: str) -> None:
    image = picture(3)

    def cost(**steps: object) -> float:
        laundered = replace(PLAIN, codec=codec, **steps).apply(image)  # type: ignore[arg-type]
        return float(np.abs(laundered.astype(int) - image).mean())

    assert cost() < cost(quality=50) < cost(quality=10)
    assert cost(quality=50) < cost(quality=50, scale=0.5)


def test_video_comes_instead_of_the_first_compression() -> None:
    image = picture(3)

    def cost(**steps: object) -> float:
        laundered = replace(PLAIN, **steps).apply(image)  # type: ignore[arg-type]
        return float(np.abs(laundered.astype(int) - image).mean())

    assert cost(crf=20) < cost(crf=30) < cost(crf=37)
    assert cost(crf=20) == cost(crf=20, quality=5)
    rough = [Laundry.draw(np.random.default_rng(seed)) for seed in range(400)]
    assert 0.34 < np.mean([bool(d.crf) for d in rough]) < 0.5


def test_a_platform_leaves_fewer_lines_and_strong_video() -> None:
    drawn = [Laundry.draw_platform(np.random.default_rng(seed)) for seed in range(400)]
    assert {d.crf for d in drawn} == set(range(28, 41))
    assert 0.35 <= min(d.scale for d in drawn) < 0.4
    assert 0.2 < np.mean([d.scale == 1 for d in drawn]) < 0.4
    assert not any(d.blur_sigma or d.noise or d.second_quality for d in drawn)
    assert 0.3 < np.mean([d.drift == (0, 0) for d in drawn]) < 0.55
    assert 0.2 < np.mean([d.video == "hevc" for d in drawn]) < 0.3
    assert 0.1 < np.mean([d.filmed > 0 for d in drawn]) < 0.2
    assert drawn[7] == Laundry.draw_platform(np.random.default_rng(7))


def test_the_video_is_of_the_codec_that_was_drawn_and_a_filmed_screen_is_worse() -> None:
    image = picture(3)
    h264 = replace(PLAIN, crf=30).apply(image)
    hevc = replace(PLAIN, crf=30, video="hevc").apply(image)
    assert 0 < np.abs(h264.astype(int) - hevc).mean() < 10

    costs = [np.abs(replace(PLAIN, filmed=n).apply(image).astype(int) - image).mean() for n in (0, 1, 3, 5)]
    assert costs == sorted(costs)
    assert costs[1] > costs[0] + 1


def test_each_step_does_what_it_is_named() -> None:
    image = picture(4)
    plain = PLAIN.apply(image).astype(float)

    def step(**steps: object) -> np.ndarray:
        return replace(PLAIN, **steps).apply(image).astype(float)  # type: ignore[arg-type]

    def detail(out: np.ndarray) -> float:
        return float(np.abs(np.diff(out.mean(-1), axis=1)).mean())

    assert np.allclose(step(lift=10.0).mean() - plain.mean(), 10, atol=1)
    assert step(gamma=1.25).mean() < plain.mean() < step(gamma=0.8).mean()
    warmer = step(gain=(1.1, 1.0, 0.9)).mean((0, 1)) - plain.mean((0, 1))
    assert warmer[0] > 5 > -5 > warmer[2]
    assert np.ptp(step(saturation=0.0), axis=-1).max() <= 6
    assert detail(step(blur_sigma=1.5)) < 0.7 * detail(plain)
    assert detail(step(scale=0.3)) < 0.7 * detail(plain)
    assert detail(step(noise=8.0)) > 1.05 * detail(plain)

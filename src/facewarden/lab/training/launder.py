"""What happens to a picture after it was made: recompression as a picture or as video, scaling, blur, noise, light,
a screen that was filmed.

A `Laundry` is drawn once and can be applied to a forgery and to its genuine twin alike, so that compression
never tells the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from facewarden.lab.attacks.launder import Wash, washed
from facewarden.lab.training.video_frame import VideoCodec, through_video
from facewarden.media.frame import ImageRGB

_VIDEO = 0.5
"""How many of the pictures that are treated roughly go through H.264 instead of JPEG or WebP."""
_HEVC, _FILMED = 0.25, 0.15
"""How many of the pictures that went over a platform come as HEVC, and how many were filmed from a screen."""


@dataclass(frozen=True, slots=True)
class Laundry:
    """One draw of everything that may happen; 0 or 1 where a step is left out (see `draw`).

    Where there is a `crf`, the first compression is that of the codec `video`, and `quality` is not used. `filmed` is
    how badly a screen was filmed before, 1 to 5, or 0 for none.
    """

    gain: tuple[float, float, float]
    lift: float
    gamma: float
    saturation: float
    blur_sigma: float
    scale: float
    grow: int
    noise: float
    codec: str
    quality: int
    second_quality: int
    crf: int
    drift: tuple[int, int]
    seed: int
    video: VideoCodec = "h264"
    filmed: int = 0

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Laundry:
        """Draw one; about a third of the pictures stay nearly as they are."""
        gentle = rng.random() < 0.3
        return cls(
            gain=tuple(1 + rng.uniform(-0.12, 0.12) + rng.uniform(-0.05, 0.05, 3)),  # type: ignore[arg-type]
            lift=float(rng.uniform(-15, 15)),
            gamma=float(rng.uniform(0.8, 1.25)),
            saturation=float(rng.uniform(0.6, 1.3)) if rng.random() < 0.9 else 0.0,
            blur_sigma=float(rng.uniform(0.3, 1.6)) if not gentle and rng.random() < 0.25 else 0.0,
            scale=float(rng.uniform(0.3, 1.0)) if not gentle and rng.random() < 0.5 else 1.0,
            grow=int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC])),
            noise=float(rng.uniform(1, 8)) if not gentle and rng.random() < 0.2 else 0.0,
            codec=".webp" if rng.random() < 0.06 else ".jpg",
            quality=int(rng.integers(85, 100)) if gentle else int(rng.integers(20, 95)),
            second_quality=int(rng.integers(40, 95)) if not gentle and rng.random() < 0.3 else 0,
            crf=int(rng.integers(18, 41)) if not gentle and rng.random() < _VIDEO else 0,
            drift=(int(rng.integers(-2, 3)), int(rng.integers(-2, 3))),
            seed=int(rng.integers(2**31)),
        )

    @classmethod
    def draw_platform(cls, rng: np.random.Generator) -> Laundry:
        """Draw what a platform does to a clip that must be small: fewer lines, and H.264 or HEVC at CRF 28 to 40.

        Some were filmed from a screen before.
        """
        moved = rng.random() < 0.6
        return replace(
            cls.draw(rng),
            blur_sigma=0.0,
            noise=0.0,
            scale=float(rng.uniform(0.35, 1.0)) if rng.random() < 0.7 else 1.0,
            crf=int(rng.integers(28, 41)),
            drift=(int(rng.integers(-3, 4)), int(rng.integers(-3, 4))) if moved else (0, 0),
            second_quality=0,
            video="hevc" if rng.random() < _HEVC else "h264",
            filmed=int(rng.integers(1, 6)) if rng.random() < _FILMED else 0,
        )

    def apply(self, image: ImageRGB) -> ImageRGB:
        """Return the laundered (S, S, 3) picture."""
        out = self._light(image)
        if self.filmed:
            (out,) = washed([out], (Wash("screen", self.filmed),))
        if self.blur_sigma:
            out = cv2.GaussianBlur(out, (0, 0), self.blur_sigma)
        size = image.shape[0]
        if self.scale < 1:
            small = max(32, int(size * self.scale))
            out = cv2.resize(out, (small, small), interpolation=cv2.INTER_AREA)
        if self.noise:
            grain = np.random.default_rng(self.seed).normal(0, self.noise, out.shape)
            out = np.clip(out + grain, 0, 255).astype(np.uint8)
        # A still that was taken from a video is often saved as a picture again.
        out = (
            through_video(out, crf=self.crf, drift=self.drift, codec=self.video)
            if self.crf
            else self._compress(out, self.quality)
        )
        if self.second_quality:
            out = self._compress(out, self.second_quality)
        if out.shape[0] != size:
            out = cv2.resize(out, (size, size), interpolation=self.grow)
        return out

    def _light(self, image: ImageRGB) -> ImageRGB:
        curve = np.arange(256, dtype=np.float32) / 255
        tables = [
            np.clip(255 * curve**self.gamma * g + self.lift, 0, 255).astype(np.uint8) for g in self.gain
        ]
        out = cv2.merge(
            [cv2.LUT(channel, table) for channel, table in zip(cv2.split(image), tables, strict=True)]
        )
        grey = cv2.cvtColor(cv2.cvtColor(out, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        return cv2.addWeighted(out, self.saturation, grey, 1 - self.saturation, 0)

    def _compress(self, image: ImageRGB, quality: int) -> ImageRGB:
        flag = cv2.IMWRITE_WEBP_QUALITY if self.codec == ".webp" else cv2.IMWRITE_JPEG_QUALITY
        _, encoded = cv2.imencode(self.codec, image[..., ::-1], [flag, quality])
        return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB), np.uint8)

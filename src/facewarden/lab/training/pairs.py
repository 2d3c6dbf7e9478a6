"""Paired batches: every genuine face travels with a forgery, most often laundered alike.

A `PairStream` is an endless, seeded stream of pairs (genuine first), in which pair number n is the same whoever
draws it: so neither the number of workers nor an interruption changes what a training sees. Six sources, drawn
by weight: genuine forgeries with their own genuine twin (``dfdc``, ``live``), forgeries made on the fly from a
genuine face (``made``), or beforehand by generators of the lab (``generated``), whole generated portraits beside
genuine ones (``whole``) and lip-synced clips beside genuine ones (``lips``). Beside them any attack of the registry may
be a source (``attack:enhancer``, see `attacked`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from facewarden.errors import UsageError
from facewarden.faces import align, warp
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.attacks import forge
from facewarden.lab.attacks.mesh_warp import AlignedFace, Mask
from facewarden.lab.training.attacked import PREFIX, attack_of, attacked
from facewarden.lab.training.launder import Laundry
from facewarden.lab.training.shelf import FaceShelf
from facewarden.media.frame import ImageRGB

_T = TypeVar("_T")
HEAT_SIZE = 32
SOURCES = {"dfdc": 0.42, "live": 0.14, "made": 0.25, "generated": 0.09, "whole": 0.06, "lips": 0.04}
TWINS = {"dfdc": "dfdc_crops", "live": "live_autoencoder", "generated": "generated"}
"""Sources whose forgeries are stored beside their own genuine twins, and the methods of those."""

_GENUINE = {
    "dfdc_crops": 0.3,
    "ffhq": 0.18,
    "us_congress": 0.1,
    "us_congress_small": 0.08,
    "taiwan_candidates": 0.12,
    "interviews": 0.06,
    "webcam_streams": 0.1,
    "lip_actors": 0.03,
    "signing": 0.03,
}
# Masks of forgeries made here are facts; for other people's swaps the whole face is a fair guess.
_MASK_TRUST = {"dfdc": 0.3, "live": 0.3, "made": 1.0, "generated": 0.8, "whole": 0.3, "lips": 0.0}
_ATTACK_TRUST = 1.0
_TRIES = 8
_WHOLE_TWINS = {"stylegan2": "ffhq", "flux_lora": "interviews"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A genuine face and a forgery.

    Attributes:
        images: (2, 256, 256, 3) uint8, genuine first.
        masks: (2, 32, 32) float32 in [0, 1], how much of each cell was forged.
        mask_known: (2,) float32, 1 where the mask is a fact, less where it is a guess, 0 where nothing is known.
        twins: whether both show the same face, so that the second must score above the first.
        source: which of `SOURCES`, or an attack.
    """

    images: npt.NDArray[np.uint8]
    masks: npt.NDArray[np.float32]
    mask_known: npt.NDArray[np.float32]
    twins: bool
    source: str


class PairStream:
    """An endless stream of pairs; the same seed gives the same stream."""

    def __init__(
        self,
        shelf: FaceShelf,
        *,
        seed: int,
        sources: Mapping[str, float] = SOURCES,
        platform_share: float = 0.0,
    ) -> None:
        """Of `sources` (how often each is drawn) those are left out for which `shelf` lacks the faces.

        Args:
            platform_share: of the pairs, in [0, 1], laundered as platforms do to clips (`Laundry.draw_platform`).

        Raises:
            UsageError: an unknown source, a negative weight, or nothing to draw from.
        """
        self._shelf = shelf
        self._seed = seed
        self._platform_share = platform_share
        self._drawn = 0
        self._rng = np.random.default_rng(0)
        self._twins = {source: shelf.twins(method) for source, method in TWINS.items()}
        genuine = {m: w for m, w in _GENUINE.items() if shelf.by_method.get(f"{m}/0")}
        self._genuine = list(genuine)
        self._genuine_weights = np.array(list(genuine.values())) / max(sum(genuine.values()), 1e-9)
        self._attacks = {name: attack_of(name) for name in sources if name.startswith(PREFIX)}
        self._donors = [number for method in self._genuine for number in shelf.by_method[f"{method}/0"]]
        usable = {name: weight for name, weight in _checked(sources).items() if weight and self._has(name)}
        if not usable:
            raise UsageError(
                f"There is nothing to train on: {len(shelf)} faces are stored, none of them fit for the sources "
                f"{', '.join(sources)}. Store a data set's faces first: facewarden lab prepare."
            )
        self.sources = tuple(usable)
        self._weights = np.array(list(usable.values())) / sum(usable.values())

    def __iter__(self) -> Iterator[Pair]:
        while True:
            yield self.draw()

    def draw(self) -> Pair:
        """Draw the next pair."""
        self._drawn += 1
        return self.pair(self._drawn - 1)

    def pair(self, number: int) -> Pair:
        """Draw pair `number` (0, 1, ...) of the stream, whatever was drawn before."""
        self._rng = np.random.default_rng([self._seed, number])
        source = str(self._rng.choice(self.sources, p=self._weights))
        if source in self._attacks:
            return self._draw_attack(source)
        return {
            "dfdc": self._draw_dfdc,
            "live": self._draw_live,
            "made": self._draw_made,
            "generated": self._draw_generated,
            "whole": self._draw_whole,
            "lips": self._draw_lips,
        }[source]()

    def _has(self, source: str) -> bool:
        by_method = self._shelf.by_method
        if source in self._twins:
            return bool(self._twins[source])
        if source == "made" or source in self._attacks:
            return bool(self._genuine)
        if source == "whole":
            return any(by_method.get(f"{f}/1") and by_method.get(f"{g}/0") for f, g in _WHOLE_TWINS.items())
        return bool(by_method.get("wav2lip/1") and by_method.get("lip_actors/0"))

    def _draw_dfdc(self) -> Pair:
        jitter = self._jitter()
        genuine, forged = (self._aligned(number, jitter) for number in self._pick(self._twins["dfdc"]))
        mask = forge.face_mask(forged)
        return self._finish(genuine.image_rgb, forged.image_rgb, mask, twins=True, source="dfdc")

    def _draw_live(self) -> Pair:
        jitter = self._jitter()
        genuine_number, forged_number = self._pick(self._twins["live"])
        genuine = self._aligned(genuine_number, jitter)
        forged = self._aligned(forged_number, jitter, landmarks=self._shelf.landmarks(genuine_number))
        mask = forge.face_mask(forged)
        return self._finish(genuine.image_rgb, forged.image_rgb, mask, twins=True, source="live")

    def _draw_generated(self) -> Pair:
        jitter = self._jitter()
        genuine, forged = (self._aligned(number, jitter) for number in self._pick(self._twins["generated"]))
        mask = _changed(genuine.image_rgb, forged.image_rgb)
        return self._finish(genuine.image_rgb, forged.image_rgb, mask, twins=True, source="generated")

    def _draw_made(self) -> Pair:
        number = self._any_genuine()
        face = self._aligned(number, self._jitter())
        choice = self._rng.random()
        if choice < 0.35:
            forged = forge.self_blend(face, self._rng)
        elif choice < 0.65:
            forged = forge.resample_core(face, self._rng)
        else:
            other = self._similar_pose(face, self._shelf.records[number].identity)
            forged = forge.mesh_swap(face, other, self._rng) if other else forge.self_blend(face, self._rng)
        return self._finish(face.image_rgb, forged.image_rgb, forged.mask, twins=True, source="made")

    def _draw_attack(self, source: str) -> Pair:
        for _ in range(_TRIES):
            number = self._any_genuine()
            made = attacked(self._shelf, number, self._attacks[source], self._rng, donors=self._donors)
            if made is not None:
                to_crop = _then(align.crop_transform(made.landmarks), self._jitter())
                genuine, forged, mask = made.cut(to_crop, CROP_SIZE)
                return self._finish(genuine, forged, mask, twins=True, source=source)
        raise UsageError(
            f"{source} forged nothing in {_TRIES} faces: it is no attack on single pictures, or lacks other "
            "people's faces."
        )

    def _draw_whole(self) -> Pair:
        by_method = self._shelf.by_method
        usable = [
            (f, g) for f, g in _WHOLE_TWINS.items() if by_method.get(f"{f}/1") and by_method.get(f"{g}/0")
        ]
        fake, real = usable[int(self._rng.integers(len(usable)))]
        genuine = self._aligned(self._pick(by_method[f"{real}/0"]), self._jitter())
        forged = self._aligned(self._pick(by_method[f"{fake}/1"]), self._jitter())
        everywhere = np.ones((CROP_SIZE, CROP_SIZE), np.float32)
        return self._finish(genuine.image_rgb, forged.image_rgb, everywhere, twins=False, source="whole")

    def _draw_lips(self) -> Pair:
        by_method = self._shelf.by_method
        genuine = self._aligned(self._pick(by_method["lip_actors/0"]), self._jitter())
        forged = self._aligned(self._pick(by_method["wav2lip/1"]), self._jitter())
        return self._finish(genuine.image_rgb, forged.image_rgb, None, twins=False, source="lips")

    def _finish(
        self, genuine: ImageRGB, forged: ImageRGB, mask: Mask | None, *, twins: bool, source: str
    ) -> Pair:
        rng = self._rng
        both = [genuine, forged]
        if rng.random() < 0.25 and source != "dfdc":
            both = _cut_tight(both, rng)
        if rng.random() < 0.12:
            both = _hide_patch(both, rng)
        # Without a share nothing more is drawn, so that earlier trainings can be run again.
        draw = (
            Laundry.draw_platform
            if self._platform_share and rng.random() < self._platform_share
            else Laundry.draw
        )
        first = draw(rng)
        second = first if rng.random() < 0.8 else draw(rng)
        both = [first.apply(both[0]), second.apply(both[1])]
        small = np.zeros((2, HEAT_SIZE, HEAT_SIZE), np.float32)
        if mask is not None:
            small[1] = cv2.resize(mask, (HEAT_SIZE, HEAT_SIZE), interpolation=cv2.INTER_AREA)
        if rng.random() < 0.5:
            both = [image[:, ::-1] for image in both]
            small = small[..., ::-1].copy()
        known = np.array([1.0, _MASK_TRUST.get(source, _ATTACK_TRUST)], np.float32)
        return Pair(np.ascontiguousarray(np.stack(both)), small, known, twins, source)

    def _aligned(
        self, number: int, jitter: warp.Affine, landmarks: npt.NDArray[np.float32] | None = None
    ) -> AlignedFace:
        picture, own = self._shelf.face(number)
        points = own if landmarks is None else landmarks
        to_crop = _then(align.crop_transform(points), jitter)
        return AlignedFace(warp.cut(picture, to_crop, CROP_SIZE), warp.apply(to_crop, points[:, :2]))

    def _jitter(self) -> warp.Affine:
        """A small similarity in the crop: what the mesh's own error and another face shape would do."""
        rng = self._rng
        angle, scale = np.radians(rng.uniform(-8, 8)), rng.uniform(0.88, 1.1)
        linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        middle = np.full(2, (CROP_SIZE - 1) / 2)
        shift = middle - linear @ middle + rng.uniform(-0.05, 0.05, 2) * CROP_SIZE
        return np.hstack([linear, shift[:, None]])

    def _any_genuine(self) -> int:
        method = str(self._rng.choice(self._genuine, p=self._genuine_weights))
        return self._pick(self._shelf.by_method[f"{method}/0"])

    def _similar_pose(self, face: AlignedFace, identity: str) -> AlignedFace | None:
        """Of a few faces of other people the one whose landmarks fit best; None where there is nobody else.

        Live tools need a fitting pose as well. A person's own face, warped onto it, would be no swap.
        """
        plain = np.hstack([np.eye(2), np.zeros((2, 1))])
        drawn = [self._any_genuine() for _ in range(6)]
        candidates = [number for number in drawn if self._shelf.records[number].identity != identity]

        def misfit(number: int) -> float:
            points = self._shelf.landmarks(number)
            moved = warp.apply(align.crop_transform(points), points[:, :2])
            fitted = warp.apply(warp.similarity(moved, face.landmarks), moved)
            return float(np.abs(fitted - face.landmarks).mean())

        return self._aligned(min(candidates, key=misfit), plain) if candidates else None

    def _pick(self, things: Sequence[_T]) -> _T:
        return things[int(self._rng.integers(len(things)))]


def _checked(sources: Mapping[str, float]) -> Mapping[str, float]:
    unknown = sorted(name for name in set(sources) - set(SOURCES) if not name.startswith(PREFIX))
    if unknown:
        raise UsageError(f"sources must be of {', '.join(SOURCES)}, but got {', '.join(unknown)}.")
    if any(weight < 0 for weight in sources.values()):
        raise UsageError(f"The weights of sources must not be negative, but got {dict(sources)}.")
    return sources


def _then(first: warp.Affine, second: warp.Affine) -> warp.Affine:
    """The affine map that applies `first`, then `second`."""
    return np.hstack([second[:, :2] @ first[:, :2], (second[:, :2] @ first[:, 2] + second[:, 2])[:, None]])


def _changed(genuine: ImageRGB, forged: ImageRGB) -> Mask:
    """Where twins that went through one encoder differ by more than it leaves: there the forgery is."""
    difference = cv2.absdiff(genuine, forged).max(2).astype(np.float32)
    spread = cv2.GaussianBlur(difference, (0, 0), 4.0)
    return np.asarray(np.clip((spread - 2.0) / 4.0, 0, 1), np.float32)


def _cut_tight(images: list[ImageRGB], rng: np.random.Generator) -> list[ImageRGB]:
    """Grey beyond a box just around the face, as in a picture that is nothing but a face."""
    x0, y0, x1, y1 = (rng.uniform(0.0, 0.17, 4) * CROP_SIZE).astype(int)
    cut = [np.full_like(image, 127) for image in images]
    for image, blank in zip(images, cut, strict=True):
        blank[y0 : CROP_SIZE - y1, x0 : CROP_SIZE - x1] = image[y0 : CROP_SIZE - y1, x0 : CROP_SIZE - x1]
    return cut


def _hide_patch(images: list[ImageRGB], rng: np.random.Generator) -> list[ImageRGB]:
    """Hide the same patch in both, as a hand or a microphone would."""
    width, height = rng.integers(24, 96, 2)
    x, y = rng.integers(0, CROP_SIZE - 24, 2)
    colour = rng.integers(0, 256, 3)
    hidden = [image.copy() for image in images]
    for image in hidden:
        image[y : y + height, x : x + width] = colour
    return hidden

"""How a twin is forged, once its generator is there: rendered anew, drawn as another, or as an embedding says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from facewarden.faces import warp
from facewarden.faces.identity import Embedding
from facewarden.faces.mesh import MeshFace
from facewarden.lab.attacks.compose import COLOURS, SHAPES, Colour, composed
from facewarden.lab.attacks.forge import deformed_mask, soften
from facewarden.lab.attacks.mesh_warp import (
    AlignedFace,
    Mask,
    ellipse,
    soft_edge,
    transfer_colour,
    warp_to_mesh,
)
from facewarden.lab.attacks.paste import aligned, pasted, to_square
from facewarden.lab.generators.animate import animated
from facewarden.lab.generators.material import learned_mask
from facewarden.lab.generators.portraits import POSES_TRIED, Portraits, looking_alike
from facewarden.lab.generators.resampler import Resampler
from facewarden.lab.generators.shared_decoders import SharedAutoencoder
from facewarden.lab.generators.swapper import Swapper
from facewarden.lab.generators.swapper_task import swapped
from facewarden.lab.generators.tasks import drawn_face, rendered, rendered_throughout
from facewarden.lab.generators.twin_pictures import Twins
from facewarden.lab.generators.twin_plan import TwinPlan
from facewarden.lab.training.shelf import FaceShelf
from facewarden.media.frame import ImageRGB

_SWAPPED, _WHOLE = 0.6, 0.3
"""How often somebody else's face is rendered, and how often the whole square of a person's own."""
_MOVED = (0.3, 0.9)
"""How much of the way to another's pose and expression a portrait is moved."""
_LEARNED = 0.3
"""How often a swapper's own mask is pasted."""


class Forger:
    """Forges the faces of `shelf`, of which `genuine` are the numbers of the genuine ones, as `plan` says."""

    def __init__(self, shelf: FaceShelf, genuine: Sequence[int], plan: TwinPlan) -> None:
        self._shelf, self._genuine, self._plan = shelf, genuine, plan

    def rerendered(self, n: int, network: Resampler, rng: np.random.Generator) -> Twins:
        """The picture, and the picture with its face, or somebody else's in its pose, rendered by the network."""
        picture, landmarks = self._shelf.face(n)
        size = network.shape.size_px
        to_core, own = _square(picture, landmarks, size)
        # A share of 0 draws nothing, so that older recipes give the twins that they gave.
        if self._plan.whole_pictures and rng.random() < self._plan.whole_pictures:
            return self._throughout(n, network, rng, scale=float(np.hypot(*to_core[:, 0])))
        face, mask = own.image_rgb, _whole_or_face(own, rng)
        if rng.random() < _SWAPPED and (other := self._similar(n, rng)) is not None:
            source = _square(*self._shelf.face(other), 2 * size)[1]
            warped = warp_to_mesh(source, own.landmarks, size=size)
            face, mask = (
                transfer_colour(warped, own.image_rgb, ellipse(own.landmarks, size), how=_colour(rng)),
                _face(own, rng),
            )
        core = rendered(network, face[None])[0]
        return Twins(picture, pasted(picture, core, mask, to_core)[0], landmarks, landmarks)

    def _throughout(self, n: int, network: Resampler, rng: np.random.Generator, *, scale: float) -> Twins:
        """The picture, and the picture rendered from edge to edge, its face moved as another's before, or not."""
        picture, own = self._shelf.face(n)
        landmarks = own
        genuine, forged = rendered_throughout(network, picture, scale=scale)
        moves = self._plan.animated and rng.random() < self._plan.animated
        if moves and (other := self._similar(n, rng)) is not None:
            like = self._shelf.landmarks(other)
            picture, landmarks = animated(picture, own, like, amount=rng.uniform(*_MOVED))
            forged = rendered_throughout(network, picture, scale=scale)[1]
        return Twins(genuine, forged, own, landmarks)

    def redrawn(
        self, n: int, network: SharedAutoencoder, others: Sequence[int], rng: np.random.Generator
    ) -> Twins:
        picture, landmarks = self._shelf.face(n)
        size = network.shape.size_px
        to_core, own = _square(picture, landmarks, size)
        person = int(rng.choice(list(others)))
        core, mask = drawn_face(
            network,
            own,
            person,
            colour=COLOURS[int(rng.integers(1, len(COLOURS)))],
            shape=SHAPES[int(rng.integers(len(SHAPES)))],
            edge=rng.uniform(0.02, 0.07),
        )
        return Twins(picture, pasted(picture, core, mask, to_core)[0], landmarks, landmarks)

    def swapped(
        self, n: int, embedding: Embedding, network: Swapper, portraits: Portraits, rng: np.random.Generator
    ) -> Twins:
        """The picture, and the picture with somebody else's face, drawn from the 128 numbers of one portrait."""
        picture, landmarks = self._shelf.face(n)
        size = network.shape.size_px
        to_core, own = _square(picture, landmarks, size)
        other = int(rng.choice(portraits.strangers(self._shelf.records[n].identity)))
        drawn = swapped(network, own.image_rgb[None], embedding, portraits.embeddings[[other]])[0]
        core, colour = np.ascontiguousarray(drawn[..., :3]), _colour(rng)
        if rng.random() < _LEARNED:
            learned, edge = learned_mask(drawn[..., 3]), rng.uniform(0.02, 0.07)
            core, mask = composed(core, own, colour=colour, shape="learned", drawn=learned, edge=edge)
        else:
            core = transfer_colour(core, own.image_rgb, ellipse(own.landmarks, size), how=colour)
            mask = _face(own, rng)
        return Twins(picture, pasted(picture, core, mask, to_core)[0], landmarks, landmarks)

    def _similar(self, n: int, rng: np.random.Generator) -> int | None:
        """Of a few faces of other people the one that looks most nearly in the same direction."""
        tried = rng.choice(self._genuine, POSES_TRIED).tolist()
        return looking_alike(self._shelf.records, n, tried)


def _colour(rng: np.random.Generator) -> Colour:
    how: Colour = rng.choice(["lab", "mean", "none"], p=[0.65, 0.25, 0.1])
    return how


def _whole_or_face(own: AlignedFace, rng: np.random.Generator) -> Mask:
    """Sometimes the whole square, as enhancers and programs that animate a portrait paste it."""
    size = own.image_rgb.shape[0]
    return np.ones((size, size), np.float32) if rng.random() < _WHOLE else _face(own, rng)


def _face(own: AlignedFace, rng: np.random.Generator) -> Mask:
    if rng.random() < 0.5:
        size = own.image_rgb.shape[0]
        return soft_edge(ellipse(own.landmarks, size), rng.uniform(0.02, 0.08) * size)
    return np.asarray(soften(deformed_mask(own, rng), rng) * rng.uniform(0.85, 1.0), np.float32)


def _square(
    picture: ImageRGB, landmarks: npt.NDArray[np.float32], size: int
) -> tuple[warp.Affine, AlignedFace]:
    face = MeshFace(landmarks, 1.0)
    return to_square(face, size), aligned(picture, face, size)

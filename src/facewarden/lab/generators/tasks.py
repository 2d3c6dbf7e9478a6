"""The two generators as tasks for `fit`: rendering faces anew, and drawing several people from one code."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import torch

from facewarden.lab.attacks.compose import Colour, Shape, composed
from facewarden.lab.attacks.mesh_warp import AlignedFace, Mask
from facewarden.lab.generators.material import Squares, as_images, as_tensor, learned_mask
from facewarden.lab.generators.resampler import PatchCritic, Resampler, ResamplerShape, rendering_loss
from facewarden.lab.generators.shared_decoders import AutoencoderShape, SharedAutoencoder, drawing_loss
from facewarden.media.frame import ImageRGB

_SHEET_ROWS = 4
_DARK, _BRIGHT, _NEARLY_ALL = 1, 254, 0.99


class ResamplerTask:
    """A `Task`: learn to render `squares` anew."""

    def __init__(
        self,
        shape: ResamplerShape,
        squares: Squares,
        *,
        seed: int,
        invention: float = 0.0,
        batch: int = 8,
        pace: float = 2e-3,
        device: str = "cpu",
    ) -> None:
        """`invention` weighs a discriminator that asks for detail, true or not; 0 leaves it out."""
        torch.manual_seed(seed)
        self._device = device
        self.network = Resampler(shape).to(device)
        self._critic = PatchCritic().to(device)
        self._squares, self._invention, self._batch = squares, invention, batch
        self._optimiser = torch.optim.Adam(self.network.parameters(), lr=pace, betas=(0.5, 0.99))
        self._critics = torch.optim.Adam(self._critic.parameters(), lr=pace / 4, betas=(0.5, 0.99))

    def advance(self, rng: np.random.Generator) -> float:
        wanted = as_tensor(self._squares.drawn(self._batch, rng)[1])[:, :3].to(self._device)
        made = self.network(wanted)
        loss = rendering_loss(made, wanted)
        self._optimiser.zero_grad(set_to_none=True)
        self._critics.zero_grad(set_to_none=True)
        if self._invention:
            real, false = self._critic(wanted), self._critic(made.detach())
            # Least squares (Mao et al. 2017): steadier than the logarithmic loss in a few hundred steps.
            (((real - 1) ** 2).mean() + (false**2).mean()).backward()
            self._critic.requires_grad_(False)
            loss = loss + self._invention * ((self._critic(made) - 1) ** 2).mean()
            self._critic.requires_grad_(True)
        loss.backward()
        return float(loss.detach())

    def commit(self) -> None:
        self._optimiser.step()
        if self._invention:
            self._critics.step()

    def state(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "critic": self._critic.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "critics": self._critics.state_dict(),
            "faces": fingerprint([self._squares]),
        }

    def restore(self, state: dict[str, Any]) -> None:
        same_faces(state, [self._squares])
        self.network.load_state_dict(state["network"])
        self._critic.load_state_dict(state["critic"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._critics.load_state_dict(state["critics"])

    def preview(self) -> ImageRGB:
        """Rows of a face as it is and as it was rendered."""
        faces = np.stack([self._squares.middle(n) for n in spread(len(self._squares))])[..., :3]
        return sheet([faces, rendered(self.network, faces)])

    def is_collapsed(self) -> bool:
        """Whether it renders all faces as one colour, nothing or all of red, green and blue.

        Three of 18 did at this pace on a graphics card. No more steps bring it back: where the last layer is driven
        that far, nothing learns any more.
        """
        faces = np.stack([self._squares.middle(n) for n in spread(len(self._squares))])[..., :3]
        made = rendered(self.network, faces)
        return bool(((made <= _DARK) | (made >= _BRIGHT)).mean() > _NEARLY_ALL)


class AutoencoderTask:
    """A `Task`: learn to draw each of `people` from one code."""

    def __init__(
        self,
        shape: AutoencoderShape,
        people: Sequence[Squares],
        *,
        seed: int,
        batch: int = 8,
        pace: float = 5e-4,
        deform: float = 0.03,
        device: str = "cpu",
    ) -> None:
        torch.manual_seed(seed)
        self._device = device
        self.network = SharedAutoencoder(shape, len(people)).to(device)
        self._people, self._batch, self._deform = list(people), batch, deform
        self._optimiser = torch.optim.Adam(self.network.parameters(), lr=pace, betas=(0.5, 0.99))

    def advance(self, rng: np.random.Generator) -> float:
        self._optimiser.zero_grad(set_to_none=True)
        total = 0.0
        for person, squares in enumerate(self._people):
            given, wanted = squares.drawn(self._batch, rng, deform=self._deform)
            asked, true = (as_tensor(images).to(self._device) for images in (given, wanted))
            loss = drawing_loss(self.network.draw(asked, person), true)
            (loss / len(self._people)).backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach()) / len(self._people)
        return total

    def commit(self) -> None:
        self._optimiser.step()

    def state(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "faces": fingerprint(self._people),
        }

    def restore(self, state: dict[str, Any]) -> None:
        same_faces(state, self._people)
        self.network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(state["optimiser"])

    def preview(self) -> ImageRGB:
        """For each person: rows of a face as it is, drawn as itself, and drawn as each of the others."""
        blocks = []
        for own, squares in enumerate(self._people):
            faces = np.stack([squares.middle(n) for n in spread(len(squares))])[..., :3]
            others = [n for n in range(len(self._people)) if n != own]
            blocks.append(
                sheet([faces, *(drawn_as(self.network, faces, n)[..., :3] for n in (own, *others))])
            )
        return np.vstack(blocks)


def rendered(network: Resampler, faces: ImageRGB) -> ImageRGB:
    """(N, S, S, 3) uint8 `faces` as the resampler renders them."""
    device = next(network.parameters()).device
    with torch.inference_mode():
        return as_images(network(as_tensor(faces).to(device)).cpu())


def rendered_throughout(
    network: Resampler, picture_rgb: ImageRGB, *, scale: float
) -> tuple[ImageRGB, ImageRGB]:
    """A picture of any size as it is and as the resampler renders it from edge to edge.

    The resampler works at `scale` (at most 1), where a face is as large as those that it learnt from; the genuine
    side goes to that size and back as well, or whoever compares the two would only learn which one is soft.
    """
    height, width = picture_rgb.shape[:2]
    scale = min(1.0, scale)
    small = cv2.resize(
        picture_rgb,
        (max(1, round(width * scale)), max(1, round(height * scale))),
        interpolation=cv2.INTER_AREA,
    )
    rows, columns = small.shape[:2]
    step = network.shape.factor
    padded = cv2.copyMakeBorder(small, 0, -rows % step, 0, -columns % step, cv2.BORDER_REFLECT)
    made = rendered(network, padded[None])[0][:rows, :columns]
    sides = (cv2.resize(side, (width, height), interpolation=cv2.INTER_CUBIC) for side in (small, made))
    genuine, forged = (np.asarray(side, np.uint8) for side in sides)
    return genuine, forged


def drawn_as(network: SharedAutoencoder, faces: ImageRGB, person: int) -> ImageRGB:
    """(N, S, S, 3) uint8 `faces` drawn as `person`: (N, S, S, 4), the mask as the fourth channel."""
    device = next(network.parameters()).device
    with torch.inference_mode():
        return as_images(network.draw(as_tensor(faces).to(device), person).cpu())


def drawn_face(
    network: SharedAutoencoder, own: AlignedFace, person: int, *, colour: Colour, shape: Shape, edge: float
) -> tuple[ImageRGB, Mask]:
    """The square of a face as `person`, fitted to the face that it replaces, and its mask (`composed`)."""
    drawn = drawn_as(network, own.image_rgb[None], person)[0]
    core = np.ascontiguousarray(drawn[..., :3])
    return composed(core, own, colour=colour, shape=shape, drawn=learned_mask(drawn[..., 3]), edge=edge)


def fingerprint(people: Sequence[Squares]) -> str:
    """A digest of the faces: a training goes on with its own only."""
    digest = hashlib.sha256()
    for squares in people:
        digest.update(squares.images_rgb.tobytes())
    return digest.hexdigest()


def same_faces(state: dict[str, Any], people: Sequence[Squares]) -> None:
    """Raise ValueError where a training that is to go on had other faces."""
    if state["faces"] != fingerprint(people):
        raise ValueError("other faces")


def spread(count: int) -> list[int]:
    """Which of `count` faces a preview shows."""
    return sorted({int(n) for n in np.linspace(0, count - 1, min(_SHEET_ROWS, count))})


def sheet(columns: Sequence[ImageRGB]) -> ImageRGB:
    """Columns of (N, S, S, 3) pictures side by side, enlarged to at least 128 px each."""
    rows = np.concatenate([np.concatenate(list(column), axis=0) for column in columns], axis=1)
    factor = max(1, -(-128 // columns[0].shape[1]))
    return np.ascontiguousarray(rows.repeat(factor, 0).repeat(factor, 1))

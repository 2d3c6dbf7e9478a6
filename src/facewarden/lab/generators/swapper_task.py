"""The swapper as a task for `fit`: draw each face as itself and as somebody else, and be told whether it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from facewarden.lab.generators.identity_net import placed
from facewarden.lab.generators.material import as_images, as_tensor
from facewarden.lab.generators.portraits import Portraits
from facewarden.lab.generators.resampler import PatchCritic, rendering_loss
from facewarden.lab.generators.swapper import Swapper, SwapperShape, smooth
from facewarden.lab.generators.tasks import fingerprint, same_faces, sheet, spread
from facewarden.media.frame import ImageRGB

_AROUND = 0.2
"""How much what surrounds the face counts in rendering, beside 1 for the face."""


@dataclass(frozen=True, slots=True)
class SwapperWeights:
    """How much each part of the loss counts beside the rendering of a face as itself.

    Attributes:
        guide: difference from somebody else's face that was warped onto the old one, in cells of a 64th of the side;
            asked for finer, it would draw the mean of all that the person might look like, which is a blur.
        likeness: squared distance of the drawn face's embedding to that of the person asked for.
        light: difference from the face that is replaced, in cells of a sixteenth of the side.
        code: what the encoder sees in the drawn face against what it saw in the other: pose and expression.
        invention: a discriminator that asks for detail, true or not.
        mask: difference of the drawn mask.
        patience: steps in which `likeness` and `invention` grow to what they are: asked too early, the identity
            network is pleased by noise that looks like nobody.
    """

    guide: float = 3.0
    likeness: float = 0.06
    light: float = 0.5
    code: float = 0.2
    invention: float = 0.1
    mask: float = 0.2
    patience: int = 400


class _Batch(NamedTuple):
    """B draws: `faces` (B, 4, S, S) with masks, the (B, 128) embeddings of who they are (`own`) and of whom to draw
    (`asked`), (B, 2, 3) `to_chips`, which of them is to be somebody else (`foreign`), and which is shown what that may
    look like (`guided`), by `guides` (G, 3, S, S)."""

    faces: Tensor
    own: Tensor
    asked: Tensor
    to_chips: npt.NDArray[np.float64]
    foreign: npt.NDArray[np.bool_]
    guided: npt.NDArray[np.bool_]
    guides: Tensor


class SwapperTask:
    """A `Task`: learn to draw `portraits`, every second face as itself, the others as somebody else of them."""

    def __init__(
        self,
        shape: SwapperShape,
        portraits: Portraits,
        identity: nn.Module,
        *,
        seed: int,
        weights: SwapperWeights | None = None,
        batch: int = 8,
        pace: float = 1e-3,
        device: str = "cpu",
    ) -> None:
        """`identity` gives the (N, 128) embeddings of (N, 3, 150, 150) chips, differentiably; it goes to `device`."""
        torch.manual_seed(seed)
        self._device = device
        self.network = Swapper(shape).to(device)
        self.network.attune(portraits.embeddings)
        self._critic = PatchCritic().to(device)
        self._portraits, self._identity, self._batch = portraits, identity.to(device), batch
        self._weights = weights or SwapperWeights()
        self._step = 0
        self._optimiser = torch.optim.Adam(self.network.parameters(), lr=pace, betas=(0.5, 0.99))
        self._critics = torch.optim.Adam(self._critic.parameters(), lr=pace / 2, betas=(0.5, 0.99))

    def advance(self, rng: np.random.Generator) -> float:
        batch, weights = self._drawn(rng), self._weights
        grown = min(1.0, self._step / max(1, weights.patience))
        self._optimiser.zero_grad(set_to_none=True)
        self._critics.zero_grad(set_to_none=True)
        wanted, mask, foreign, guided = batch.faces[:, :3], batch.faces[:, 3:], batch.foreign, batch.guided
        seen = self.network.look(wanted)
        made = self.network.draw(seen, batch.own, batch.asked)
        drawn = made[:, :3]
        # What lies beyond the face will not be pasted, so nothing there may make it look like somebody.
        soft = smooth(mask, wanted.shape[-1] // 16)
        shown = wanted + soft * (drawn - wanted)
        share = (_AROUND + (1 - _AROUND) * mask)[~foreign]
        loss = rendering_loss(drawn[~foreign] * share, wanted[~foreign] * share)
        loss = loss + weights.mask * functional.l1_loss(made[:, 3:], mask)
        if guided.any():
            guide = wanted[guided] + soft[guided] * (batch.guides - wanted[guided])
            loss = loss + weights.guide * functional.l1_loss(*_coarse(64, shown[guided], guide))
        if foreign.any():
            unlike = self._unlikeness(shown[foreign], batch.asked[foreign], batch.to_chips[foreign])
            loss = loss + grown * weights.likeness * unlike
            loss = loss + weights.light * functional.l1_loss(*_coarse(16, shown[foreign], wanted[foreign]))
            again = self.network.look(shown[foreign]).code
            loss = loss + weights.code * functional.l1_loss(again, seen.code[foreign].detach())
        if weights.invention:
            real, false = self._critic(wanted), self._critic(shown.detach())
            (((real - 1) ** 2).mean() + (false**2).mean()).backward()
            self._critic.requires_grad_(False)
            loss = loss + grown * weights.invention * ((self._critic(shown) - 1) ** 2).mean()
            self._critic.requires_grad_(True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        return float(loss.detach())

    def _drawn(self, rng: np.random.Generator) -> _Batch:
        portraits = self._portraits
        faces, own, asked, to_chips, guides = [], [], [], [], []
        foreign, guided = np.zeros(self._batch, bool), np.zeros(self._batch, bool)
        for k in range(self._batch):
            drawn = portraits.squares.draw(rng)
            person = drawn.number
            others = portraits.strangers(portraits.people[person]) if k % 2 else []
            foreign[k] = bool(others)
            # Guides teach what a face looks like, strangers that any face may be asked for.
            guided[k] = foreign[k] and k % 4 == 1
            if guided[k]:
                person = int(portraits.givers[drawn.number])
                guides.append(portraits.squares.along(drawn, portraits.guides_rgb[drawn.number]))
            elif others:
                person = others[int(rng.integers(len(others)))]
            faces.append(drawn.image)
            own.append(drawn.number)
            asked.append(person)
            to_chips.append(portraits.to_chip(drawn))
        return _Batch(
            as_tensor(np.stack(faces)).to(self._device),
            torch.from_numpy(portraits.embeddings[own]).to(self._device),
            torch.from_numpy(portraits.embeddings[asked]).to(self._device),
            np.stack(to_chips),
            foreign,
            guided,
            as_tensor(np.stack(guides)).to(self._device) if guides else torch.zeros(0),
        )

    def _unlikeness(self, shown: Tensor, embeddings: Tensor, to_chips: npt.NDArray[np.float64]) -> Tensor:
        # Without the finest detail, or noise would do for a likeness.
        coarse = functional.avg_pool2d(shown, 3, 1, 1, count_include_pad=False)
        found = self._identity(placed(coarse, to_chips))
        return ((found - embeddings) ** 2).sum(1).mean()

    def commit(self) -> None:
        self._step += 1
        self._optimiser.step()
        if self._weights.invention:
            self._critics.step()

    def state(self) -> dict[str, Any]:
        return {
            "step": self._step,
            "network": self.network.state_dict(),
            "critic": self._critic.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "critics": self._critics.state_dict(),
            "faces": fingerprint([self._portraits.squares]),
        }

    def restore(self, state: dict[str, Any]) -> None:
        same_faces(state, [self._portraits.squares])
        self._step = int(state["step"])
        self.network.load_state_dict(state["network"])
        self._critic.load_state_dict(state["critic"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._critics.load_state_dict(state["critics"])

    def preview(self) -> ImageRGB:
        """Rows of a face, of somebody else's, and of the first drawn as the second."""
        portraits = self._portraits
        rows = spread(len(portraits))
        strangers = (portraits.strangers(portraits.people[n]) or [n] for n in rows)
        sources = [others[n % len(others)] for n, others in zip(rows, strangers, strict=True)]
        targets, givers = (
            np.stack([portraits.squares.middle(n) for n in numbers]) for numbers in (rows, sources)
        )
        own, asked = (portraits.embeddings[numbers] for numbers in (rows, sources))
        drawn = swapped(self.network, targets[..., :3], own, asked)
        inside = targets[..., 3:].astype(np.float32) / 255
        shown = targets[..., :3] + inside * (drawn[..., :3].astype(np.float32) - targets[..., :3])
        return sheet([targets[..., :3], givers[..., :3], np.rint(shown).astype(np.uint8)])


def _coarse(cells: int, *pictures: Tensor) -> list[Tensor]:
    """Pictures in so many cells along each side, or as they are where they have fewer pixels."""
    return [functional.avg_pool2d(picture, max(1, picture.shape[-1] // cells)) for picture in pictures]


def swapped(
    network: Swapper, faces: ImageRGB, own: npt.NDArray[np.float32], asked: npt.NDArray[np.float32]
) -> ImageRGB:
    """(N, S, S, 3) uint8 `faces` of people with (N, 128) embeddings `own`, drawn as the people of `asked`.

    Returns (N, S, S, 4), the mask as the fourth channel.
    """
    device = next(network.parameters()).device
    given = (as_tensor(faces), torch.from_numpy(own), torch.from_numpy(asked))
    with torch.inference_mode():
        return as_images(network(*(tensor.to(device) for tensor in given)).cpu())

"""Two networks that look at a face together: one as it is, and a second that was made slimmer.

Networks of different beginnings cannot be averaged weight by weight (`soften.mix`), but what they say can, and the mean
of two tells more than each (Lakshminarayanan et al. 2017, "Simple and scalable predictive uncertainty estimation using
deep ensembles"). The second gives no map, and its last layers are narrower, so that both have less than six million
parameters together.
"""

from __future__ import annotations

from torch import Tensor, nn

from facewarden.lab.training.network import Block, ForgeryNet, Trunk, convolution, normalised

LAST_COMMON = 14
"""Number of the last block that a slim network has of the one that it was made from."""
_CHANNELS = 192
_LAST, _HEAD = 320, 320


class SlimNet(nn.Module):
    """A logit alone: all blocks of `ForgeryNet` but the last, and a narrow end of its own. 2.5 M parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = Trunk(LAST_COMMON + 1)
        self.end = SlimEnd()

    def forward(self, image: Tensor) -> Tensor:
        (given,) = self.trunk.outputs(normalised(image), (LAST_COMMON,))
        logit: Tensor = self.end(given)
        return logit


class SlimEnd(nn.Module):
    """From (N, 192, h/32, w/32) to a logit (N,)."""

    def __init__(self) -> None:
        super().__init__()
        self.last = Block(_CHANNELS, _LAST, 1, 1, 3)
        self.head = convolution(_LAST, _HEAD, 1, 1)
        self.to_logit = nn.Linear(_HEAD, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.to_logit(self.head(self.last(x)).mean((2, 3))).squeeze(1)


class JoinedNet(ForgeryNet):
    """`ForgeryNet` and a `SlimNet`: the logit is the mean of both, the map is the first one's."""

    def __init__(self, *, dropout: float = 0.3, decoder_channels: int = 64) -> None:
        super().__init__(dropout=dropout, decoder_channels=decoder_channels)
        self.second = SlimNet()

    def trunks(self) -> tuple[Trunk, ...]:
        return (self.backbone, self.second.trunk)

    def seen(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        logit, heat, fine = super().seen(image)
        return (logit + self.second(image)) / 2, heat, fine

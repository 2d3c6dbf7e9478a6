"""dlib's files of networks: the layers in the order in which they work, with what they learnt.

dlib writes a network from its loss inwards to the picture, and from there the layers outwards again. Numbers are
packed: one byte with the sign (bit 7) and how many bytes follow, the lowest first. Nothing in a file is executed, and
what does not fit is refused: a network that was read half wrong would still give numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facewarden.errors import ModelError

_INNERMOST = 3
"""The version that dlib gives to the layer next to the picture, which is told from the others by it."""


@dataclass(frozen=True, slots=True)
class DlibLayer:
    """Attributes: `kind` as dlib names it, such as ``con_4``; `sizes` what it is set to; `weights` (W,) float32."""

    kind: str
    sizes: tuple[int, ...]
    weights: npt.NDArray[np.float32]


def read_layers(content: bytes) -> tuple[npt.NDArray[np.float32], list[DlibLayer]]:
    """Read a network of dlib that was trained with its metric loss on pictures of one size.

    Returns:
        The (3,) colour that it takes from its pictures, red, green, blue of 255, and the layers from the picture on.

    Raises:
        ModelError: `content` is another kind of file, damaged, or has layers that are not known here.
    """
    file = _File(content)
    file.expected("version of the loss", file.integer(), 1)
    file.expected("loss", file.text(), "loss_metric_2")
    file.real(), file.real()  # margin and threshold, of use in training alone
    # Each layer announces itself before the layers within it are written.
    while (version := file.integer()) != _INNERMOST:
        if version not in (1, 2):
            raise file.fault(f"a layer has the version {version}")
    file.expected("input", file.text(), "input_rgb_image_sized")
    colour = np.array([file.real() for _ in range(3)], np.float32)
    file.expected("height and width of the input", (file.integer(), file.integer()), (150, 150))
    layers = []
    while not file.ended:
        layers.append(file.layer())
        if len(layers) == 1:
            file.integer()  # how many pictures became of one
    return colour, layers


class _File:
    """What comes next in a file of dlib's."""

    def __init__(self, content: bytes) -> None:
        self._content, self._place = content, 0

    @property
    def ended(self) -> bool:
        return self._place == len(self._content)

    def fault(self, what: str) -> ModelError:
        return ModelError(
            f"This is no network of dlib's that Facewarden can read: {what} (byte {self._place:,})."
        )

    def expected(self, name: str, got: object, wanted: object) -> None:
        if got != wanted:
            raise self.fault(f"the {name} must be {wanted}, but is {got}")

    def layer(self) -> DlibLayer:
        kind = self.text()
        sizes: tuple[int, ...] = ()
        weights = np.zeros(0, np.float32)
        if kind == "con_4":
            weights = self.tensor()
            sizes = tuple(self.integer() for _ in range(7))
            self._parts(2)
            self._reals(4)
        elif kind == "affine_":
            weights = self.tensor()
            self._parts(2)
            sizes = (self.integer(),)
        elif kind in ("max_pool_2", "avg_pool_2"):
            sizes = tuple(self.integer() for _ in range(6))
        elif kind == "fc_2":
            sizes = (self.integer(), self.integer())
            weights = self.tensor()
            self._parts(2)
            sizes += (self.integer(),)
            self._reals(4)
        elif kind not in ("relu_", "add_prev_"):
            raise self.fault(f"a layer is called {kind!r}")
        self._bytes(3)  # whether it was set up, and two switches of training
        for _ in range(3):
            self.tensor()  # gradients and outputs, empty in a file that is published
        return DlibLayer(kind, sizes, weights)

    def _parts(self, count: int) -> None:
        """Skip where in a layer's weights its parts lie; they follow from its sizes."""
        for _ in range(count):
            self.expected("version of a part", self.integer(), 1)
            for _ in range(4):
                self.integer()

    def _reals(self, count: int) -> None:
        for _ in range(count):
            self.real()

    def tensor(self) -> npt.NDArray[np.float32]:
        self.expected("version of a tensor", self.integer(), 2)
        count = math.prod(self.integer() for _ in range(4))
        if count < 0:
            raise self.fault("a tensor has a size below zero")
        return np.frombuffer(self._bytes(4 * count), "<f4").astype(np.float32)

    def integer(self) -> int:
        head = self._bytes(1)[0]
        if head & 0x70 or not 1 <= head & 0x0F <= 8:
            raise self.fault("a whole number was expected")
        size = int.from_bytes(self._bytes(head & 0x0F), "little")
        return -size if head & 0x80 else size

    def real(self) -> float:
        mantissa, exponent = self.integer(), self.integer()
        if abs(exponent) > 1000:
            raise self.fault("a number was expected")
        return math.ldexp(mantissa, exponent)

    def text(self) -> str:
        length = self.integer()
        if not 0 <= length <= 64:
            raise self.fault("the name of a layer was expected")
        return self._bytes(length).decode("latin-1")

    def _bytes(self, count: int) -> bytes:
        if self._place + count > len(self._content):
            raise self.fault("it ends too early")
        taken = self._content[self._place : self._place + count]
        self._place += count
        return taken

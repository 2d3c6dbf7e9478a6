"""dlib's file: read to its last byte, and refused where it is another."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from facewarden.errors import ModelError
from facewarden.lab.generators.dlib_file import read_layers
from facewarden.models import model_bytes

pytestmark = pytest.mark.lab

FILE = "dlib_face_recognition_resnet_model_v1.dat"


def number(value: int) -> bytes:
    size = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([size | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


def text(word: str) -> bytes:
    return number(len(word)) + word.encode()


def tensor(*values: float) -> bytes:
    sizes = b"".join(number(size) for size in (len(values), 1, 1, 1))
    return number(2) + sizes + struct.pack(f"<{len(values)}f", *values)


def relu(*, sample_count: bool = False) -> bytes:
    empty = number(2) + number(0) * 4
    return text("relu_") + b"110" + empty * 3 + (number(1) if sample_count else b"")


def affine(*values: float) -> bytes:
    part = number(1) * 5
    empty = number(2) + number(0) * 4
    return text("affine_") + tensor(*values) + part * 2 + number(0) + b"110" + empty * 3


def head(*, loss: str = "loss_metric_2", version: int = 2, side: int = 150) -> bytes:
    real = number(5) + number(-1)
    colours = b"".join(number(value) + number(-1) for value in (3, 5, 7))
    return (
        number(1) + text(loss) + real * 2 + number(version) + number(1) + number(3)
        + text("input_rgb_image_sized") + colours + number(side) * 2
    )  # fmt: skip


def test_layers_come_in_the_order_in_which_they_work() -> None:
    colour, layers = read_layers(head() + relu(sample_count=True) + affine(1.5, -2.0))
    assert colour.tolist() == [1.5, 2.5, 3.5]
    assert [layer.kind for layer in layers] == ["relu_", "affine_"]
    assert layers[1].weights.tolist() == [1.5, -2.0]
    assert layers[1].weights.dtype == np.float32


def test_the_file_that_ships() -> None:
    _, layers = read_layers(model_bytes(FILE))
    assert len([layer for layer in layers if layer.kind == "con_4"]) == 29
    assert layers[0].sizes == (32, 7, 7, 2, 2, 0, 0)
    assert layers[-1].kind == "fc_2"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "it ends too early"),
        (b"\x00\x01", "a whole number was expected"),
        (b"\x7fELF", "a whole number was expected"),
        (number(-1), "version of the loss must be 1, but is -1"),
        (number(1) + number(500), "the name of a layer was expected"),
        (head(loss="loss_mmod_"), "the loss must be loss_metric_2"),
        (head(version=9), "a layer has the version 9"),
        (head(side=96), "must be (150, 150), but is (96, 96)"),
        (head() + text("bn_con2"), "a layer is called 'bn_con2'"),
        (head() + relu(), "a whole number was expected|it ends too early"),
        (head() + text("affine_") + number(2) + number(-4) + number(1) * 3, "a size below zero"),
        (head() + text("affine_") + number(2) + number(2**40) + number(1) * 3, "it ends too early"),
        ((head() + relu(sample_count=True))[:-3], "it ends too early"),
    ],
)
def test_what_does_not_fit_is_refused(content: bytes, what: str) -> None:
    with pytest.raises(ModelError, match="no network of dlib's that Facewarden can read") as caught:
        read_layers(content)
    assert any(word in str(caught.value) for word in what.split("|"))

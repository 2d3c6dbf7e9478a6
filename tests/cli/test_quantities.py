from __future__ import annotations

import click
import pytest

from facewarden.cli.quantities import BYTES, PIXELS, SECONDS, Quantity


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (BYTES, "1000", 1000),
        (BYTES, "1.5 kB", 1500),
        (BYTES, "2GiB", 2 << 30),
        (BYTES, "500mb", 500_000_000),
        (SECONDS, "90", 90),
        (SECONDS, "0.5", 0.5),
        (SECONDS, "15m", 900),
        (SECONDS, "2H", 7200),
        (PIXELS, "50MP", 50_000_000),
        (PIXELS, "640", 640),
    ],
)
def test_what_people_write(kind: Quantity, text: str, value: float) -> None:
    assert kind.convert(text, None, None) == value


@pytest.mark.parametrize("text", ["", "0", "-1", "0.0m", "ten", "1e9", "5x", "1 2", "9" * 400, "nan", "٣"])
@pytest.mark.parametrize("kind", [BYTES, SECONDS, PIXELS], ids=lambda kind: kind.name)
def test_what_is_no_quantity(kind: Quantity, text: str) -> None:
    with pytest.raises(click.BadParameter, match="expected a number above 0 such as"):
        kind.convert(text, None, None)

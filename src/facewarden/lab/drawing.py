"""Pictures that the lab draws, by Matplotlib as SVG: the same numbers give the same bytes."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#1b6ca8", "#c8553d", "#3a7d44", "#7b4b94", "#b8860b", "#5f6b73")
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # letters stay letters: small, searchable, in the page's own font
    "svg.hashsalt": "facewarden",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#5f6b73",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "legend.fontsize": 8.5,
}


class drawing:  # noqa: N801  # reads as a statement
    """One figure in the lab's style, closed at the end; Matplotlib's own state is not touched."""

    def __init__(self, width_in: float, height_in: float) -> None:
        self._size = (width_in, height_in)

    def __enter__(self) -> tuple[Figure, Axes]:
        import matplotlib as mpl
        from matplotlib.figure import Figure

        self._style = mpl.rc_context(_STYLE)
        self._style.__enter__()
        figure = Figure(figsize=self._size)
        return figure, figure.add_subplot()

    def __exit__(self, *error: object) -> None:
        self._style.__exit__(None, None, None)


def svg(figure: Figure, *, transparent: bool = True) -> str:
    """The SVG element alone, without a date or a declaration, wide as its column."""
    buffer = io.StringIO()
    figure.savefig(
        buffer,
        format="svg",
        bbox_inches="tight",
        metadata={"Date": None, "Creator": None},
        transparent=transparent,
    )
    text = buffer.getvalue()
    return re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)

"""The benchmark as one HTML page: its tables with pictures between them; no script, nothing fetched from anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facewarden.lab.bench import figures
from facewarden.lab.bench.figures import Curve
from facewarden.lab.training.files import write_text

if TYPE_CHECKING:
    from markupsafe import Markup

    from facewarden.lab.bench.table import BenchResult

_CODE = re.compile(r"`([^`]+)`")
_EMPHASIS = re.compile(r"\*([^*]+)\*")
_INTERVAL = re.compile(r"(\[-?\d\.\d+, -?\d\.\d+\](?: of \d+)?)")


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the text: ``heading`` (with its level), ``text``, ``list`` or ``table`` (the head first)."""

    kind: str
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    level: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG element with what it shows, in words."""

    caption: str
    svg: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what stands under it, and its pictures."""

    title: str
    level: int
    anchor: str
    blocks: tuple[Block, ...]
    pictures: tuple[Picture, ...]


def write_page(result: BenchResult, path: Path) -> None:
    """Write the page, whole or not at all.

    Raises:
        UsageError: it cannot be written.
    """
    write_text(path, render_page(result))


def render_page(result: BenchResult) -> str:
    """Return the page; the same result gives the same bytes."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("facewarden.lab.bench"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["inline"] = _inline
    template = environment.get_template("page.html.j2")
    return template.render(split=result.split, sections=tuple(_sections(result)))


def blocks(text: str) -> Iterator[Block]:
    """Read the Markdown that `table` writes, and no other."""
    for part in text.strip().split("\n\n"):
        lines = part.splitlines()
        if lines[0].startswith("#"):
            marks, _, title = lines[0].partition(" ")
            yield Block("heading", (title,), level=len(marks))
        elif lines[0].startswith("|"):
            rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
            yield Block("table", rows=(rows[0], *rows[2:]))
        elif lines[0].startswith("- "):
            points = "\n".join(lines).removeprefix("- ").split("\n- ")
            yield Block("list", tuple(" ".join(point.split()) for point in points))
        else:
            yield Block("text", (" ".join(lines),))


def curves(result: BenchResult, contest: str, names: Sequence[str]) -> dict[str, Curve]:
    """Return scores and labels of the judged files of a contest, for each of the voices that judged both classes."""
    own = [score for score in result.scores if score.contest == contest]
    files = {(score.collection, score.file) for score in own}
    once = [s for s in result.scores if s.contest == "" and (s.collection, s.file) in files]
    found: dict[str, Curve] = {}
    for name in names:
        rows = [s for s in own if s.detector == name] or [s for s in once if s.detector == name]
        judged = [s for s in rows if s.score is not None]
        is_fake = np.array([s.label == "fake" for s in judged], np.bool_)
        if len(set(is_fake.tolist())) == 2:
            found[name] = (np.array([s.score for s in judged], np.float64), is_fake)
    return found


def _sections(result: BenchResult) -> Iterator[Section]:
    parent = title = "How to read it"
    level, inner = 3, list[Block]()
    for block in (*blocks(result.markdown()), Block("heading", ("",), level=3)):
        if block.kind != "heading":
            inner.append(block)
            continue
        if inner or level == 3:
            anchor = re.sub(r"\W+", "-", f"{parent} {title}".lower())
            yield Section(title, level, anchor, tuple(inner), tuple(_pictures(result, parent, title)))
        (title,), level, inner = block.lines, block.level, []
        parent = title if level == 3 else parent


def _pictures(result: BenchResult, parent: str, title: str) -> Iterator[Picture]:
    """The pictures that belong under a heading of the tables."""
    for contest in dict.fromkeys(row.contest for row in result.rows):
        row = next(row for row in result.rows if row.contest == contest)
        if title == f"{contest} against {', '.join(row.against)}":
            ours = curves(result, contest, [r.detector for r in result.rows if r.contest == contest])
            others = curves(result, contest, [r.detector for r in result.shortcuts if r.contest == contest])
            yield Picture(
                f"ROC curves of {contest}; shortcuts in grey. A curve further up and left is better.",
                figures.roc(ours, others),
            )
    if title == "Probabilities taken at their word":
        yield from _honesty(result)
    if parent == "By what the files are like":
        rows = [row for row in result.axes if row.contest == title and row.auc.known]
        for axis in dict.fromkeys(row.axis for row in rows):
            own = [row for row in result.axes if row.contest == title and row.axis == axis]
            if len({row.bin for row in rows if row.axis == axis}) < 2:
                continue  # One point is no course.
            yield Picture(f"AUC in {title} by {axis}, with 95 % intervals.", figures.axis(own))
    if title == "After laundering":
        yield Picture("Mean AUC before and after each laundering.", figures.launderings(result.washes))


def _honesty(result: BenchResult) -> Iterator[Picture]:
    for media in ("photo", "clip"):
        found: dict[str, Curve] = {}
        rows = [
            s for s in result.scores
            if s.contest == "" and s.media == media and s.is_probability and s.score is not None
        ]  # fmt: skip
        for name in dict.fromkeys(row.detector for row in rows):
            own = [row for row in rows if row.detector == name]
            found[name] = (
                np.array([row.score for row in own], np.float64),
                np.array([row.label == "fake" for row in own], np.bool_),
            )
        if found:
            yield Picture(
                f"Reliability over all {media}s: on the diagonal, 7 of 10 files with a probability of 0.7 are forged.",
                figures.reliability(found),
            )


def _inline(text: str) -> Markup:
    """Escape, then set `code`, *emphasis*, and intervals, which stand below their value."""
    from markupsafe import Markup, escape

    safe = _CODE.sub(r"<code>\1</code>", str(escape(text)))
    safe = _INTERVAL.sub(r'<span class="interval">\1</span>', safe)
    return Markup(_EMPHASIS.sub(r"<em>\1</em>", safe))  # escaped above

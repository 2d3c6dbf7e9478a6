"""Markdown (CommonMark with tables). What strangers wrote stands in code, or has every sign escaped that could be
markup or be made a link."""

from __future__ import annotations

import re
from collections.abc import Iterator

from facewarden.cases.document import (
    Block,
    Bullets,
    Cards,
    Document,
    Fact,
    Facts,
    Grid,
    Paragraph,
    Scale,
)
from facewarden.cases.views.blanks import BOX, colon

_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+!|~&$^=@])")
_LINKS = re.compile(r"(:)(?=//)|(?<=www)(\.)", re.IGNORECASE)
_START = re.compile(r"^(\s*)(-|\d+(?=[.)]))")
_BLANK = r"\_" * 40


def as_markdown(document: Document) -> str:
    """The document under a heading of the first level."""
    between = colon(document.language)
    parts = [f"# {escaped(document.title)}", *_facts(document.facts, between)]
    parts += [part for block in document.opening for part in _block(block, between)]
    for section in document.sections:
        parts.append(f"## {escaped(section.title)}")
        parts += [part for block in section.blocks for part in _block(block, between)]
    parts += ["---", *(escaped(line) for line in document.foot)]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """`text` as it reads, whatever signs it holds.

    >>> escaped("a <b> *c* https://d.e")
    'a \\\\<b\\\\> \\\\*c\\\\* https\\\\://d.e'
    """
    return _START.sub(_escaped_start, _LINKS.sub(r"\\\1\2", _SIGNS.sub(r"\\\1", text)))


def code(text: str) -> str:
    """`text` as code, which no program makes a link of.

    >>> code("a`b")
    '``a`b``'
    """
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    # Readers take one blank from each end where both have one.
    padding = " " if text[:1] in ("`", " ") or text[-1:] in ("`", " ") or not text else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def _escaped_start(found: re.Match[str]) -> str:
    blanks, sign = found.groups()
    # "1." begins a list, and a digit cannot be escaped: a joiner, which is not seen, keeps the two apart.
    return f"{blanks}\\{sign}" if sign == "-" else f"{blanks}{sign}\u2060"


def _value(fact: Fact) -> str:
    if fact.value is None:
        return _BLANK
    return code(fact.value) if fact.foreign else escaped(fact.value)


def _facts(facts: tuple[Fact, ...], between: str) -> Iterator[str]:
    if facts:
        yield "\n".join(f"- {escaped(fact.label.rstrip(':：'))}{between}{_value(fact)}" for fact in facts)


def _block(block: Block, between: str) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield f"**{escaped(block.text)}**" if block.tone == "lead" else escaped(block.text)
    elif isinstance(block, Facts):
        yield from _facts(block.facts, between)
    elif isinstance(block, Bullets):
        yield "\n".join(f"- {BOX} {escaped(i)}" if block.boxes else f"- {escaped(i)}" for i in block.items)
    elif isinstance(block, Scale):
        yield f"**{escaped(block.name)}**"
    elif isinstance(block, Grid):
        yield "\n".join([_row(block.head), _row(("---",) * len(block.head)), *map(_row, block.rows)])
    elif isinstance(block, Cards):
        for card in block.cards:
            yield f"### {escaped(card.name)}"
            if card.about:
                yield escaped(card.about)
            yield from _facts(card.facts, between)


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell if cell == '---' else escaped(cell) for cell in cells)} |"

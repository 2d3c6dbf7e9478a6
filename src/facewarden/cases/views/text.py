"""Plain text, as it may be pasted into a form or a mail. Lines are as long as what they say."""

from __future__ import annotations

import unicodedata
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
from facewarden.cases.views.blanks import BLANK, BOX, BULLET, colon


def as_text(document: Document) -> str:
    """The document with its headings underlined."""
    between = colon(document.language)
    lines = [*_underlined(document.title, "="), *(_fact(fact, between) for fact in document.facts), ""]
    for block in document.opening:
        lines += [*_block(block, between), ""]
    for section in document.sections:
        lines += [*_underlined(section.title, "-")]
        for block in section.blocks:
            if written := list(_block(block, between)):
                lines += [*written, ""]
    return "\n".join([*lines, *document.foot]) + "\n"


def _underlined(title: str, line: str) -> tuple[str, str, str]:
    return title, line * _columns(title), ""


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _fact(fact: Fact, between: str) -> str:
    label = fact.label.rstrip(":：")
    return f"{label}{between}{BLANK if fact.value is None else fact.value}"


def _block(block: Block, between: str) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield block.text
    elif isinstance(block, Facts):
        yield from (_fact(fact, between) for fact in block.facts)
    elif isinstance(block, Bullets):
        yield from (f"{BOX if block.boxes else BULLET} {item}" for item in block.items)
    elif isinstance(block, Scale):
        yield f"[{block.name}]"
    elif isinstance(block, Grid):
        yield from ("  ".join(filter(None, row)) for row in block.rows)
    elif isinstance(block, Cards):
        for index, card in enumerate(block.cards):
            yield from () if index == 0 else ("",)
            yield card.name
            yield from (
                f"  {line}" for line in (card.about, *(_fact(fact, between) for fact in card.facts)) if line
            )

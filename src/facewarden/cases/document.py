"""A document in parts: made once, written by each of the `views`.

Every text in it is plain: no view reads markup in it, and each makes harmless what its format could take for some.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or some.

    Attributes:
        tone: ``lead`` stands out, ``note`` stands back.
    """

    text: str
    tone: Literal["", "lead", "note"] = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A value with its label.

    Attributes:
        value: None where a person fills it in by hand.
        foreign: in no language: a digest, an address, a name; its direction of writing is its own.
        link: whether the value is an address of our own lists that may be opened.
    """

    label: str
    value: str | None
    foreign: bool = True
    link: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    """Points; `boxes` are to be ticked by a person."""

    items: tuple[str, ...]
    boxes: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """The level that a check reached, one of `Level` or ``error``, with its name in the language."""

    level: str
    name: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; each row as long as `head`."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """An entry with a name and facts."""

    name: str
    about: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Cards:
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, blurred until a person asks for it. Only HTML shows it."""

    jpeg: bytes = field(repr=False)
    description: str
    warning: str
    ask: str


Block = Paragraph | Facts | Bullets | Scale | Grid | Cards | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """A part under a heading; `name` tells the views which."""

    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """What is written.

    Attributes:
        language: of the catalogue.
        facts: at its head.
        opening: before the first section.
        letter: whether it is printed and signed rather than read on a screen.
    """

    language: str
    title: str
    facts: tuple[Fact, ...]
    opening: tuple[Block, ...]
    sections: tuple[Section, ...]
    foot: tuple[str, ...]
    letter: bool

    @property
    def holds_picture(self) -> bool:
        return any(isinstance(block, Picture) for section in self.sections for block in section.blocks)

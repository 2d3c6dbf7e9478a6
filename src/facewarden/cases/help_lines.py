"""Help lines and places for removal: ``help_lines.toml``, checked and filtered."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from facewarden.cases.sourced import Country, Dated, Line, Said, Web, table
from facewarden.errors import UsageError

ANY = "*"
# fmt: off
OF_THE_UNION = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})
# fmt: on


class Help(StrEnum):
    """What a place helps with."""

    COUNSELLING = "counselling"
    REMOVAL = "removal"
    PREVENTION = "prevention"
    SEARCH = "search"
    REPORT = "report"
    POLICE = "police"
    LEGAL = "legal"


class HelpLine(Dated):
    """One place that helps.

    Attributes:
        name: in its own language.
        phone: as it is dialled within the country.
        always: whether somebody answers day and night; `hours` is for the others. Neither: the source does not say.
        languages: BCP 47 tags; empty where the source does not say.
        sources: where the entry comes from, the first one first.
        source_date: of the first source, as far as it bears one.
        third_party: whether the first source is neither of the service, nor of who runs it, nor of a public body.
        checked: when the sources were read; nobody called the number.
    """

    # `helps_with` comes as text from the file.
    model_config = ConfigDict(strict=False)

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    country: Country
    name: Line
    name_en: Line
    phone: tuple[Annotated[str, Field(pattern=r"^[#0-9A-Z][0-9A-Z -]{1,24}$")], ...] = ()
    url: Web | None = None
    email: Annotated[str, Field(pattern=r"^[\w.+-]+@[\w-]+(\.[\w-]+)+$")] | None = None
    always: bool = False
    hours: Said | None = None
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z][a-z]{3})?$")], ...] = ()
    helps_with: Annotated[tuple[Help, ...], Field(min_length=1)]
    for_whom: Literal["everyone", "adults", "minors"]
    note: Said | None = None
    sources: Annotated[tuple[Web, ...], Field(min_length=1)]
    third_party: bool = False

    @model_validator(mode="after")
    def _can_be_reached(self) -> HelpLine:
        if not (self.phone or self.url or self.email):
            raise ValueError(f"{self.id} has neither a number nor an address")
        if self.always and self.hours:
            raise ValueError(f"{self.id} is either always there or has hours")
        return self


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    entry: tuple[HelpLine, ...]


@cache
def help_lines() -> tuple[HelpLine, ...]:
    """Every entry, in the order of the file."""
    return read(table("help_lines.toml"))


def read(given: dict[str, Any]) -> tuple[HelpLine, ...]:
    """The entries in a table. Raises ValueError where one has not the form, or an id is there twice."""
    entries = _File.model_validate(given).entry
    ids = [entry.id for entry in entries]
    if twice := {name for name in ids if ids.count(name) > 1}:
        raise ValueError(f"the id {min(twice)} is there twice")
    return entries


def countries(entries: Sequence[HelpLine] | None = None) -> tuple[str, ...]:
    """The countries that have an entry of their own, in order of their codes."""
    found = {entry.country for entry in (help_lines() if entries is None else entries)}
    return tuple(sorted(found - {ANY}))


def help_for(country: str | None, entries: Sequence[HelpLine] | None = None) -> tuple[HelpLine, ...]:
    """The places that help in `country`: its own first, then those of its union, then those for any country.

    Args:
        country: ISO 3166-1 alpha-2 in any case; None for every entry.

    Raises:
        UsageError: it is no such code.
    """
    every = tuple(help_lines() if entries is None else entries)
    if country is None:
        return every
    code = code_of(country)
    order = [code, *(["EU"] if code in OF_THE_UNION else []), ANY]
    return tuple(entry for place in order for entry in every if entry.country == place)


def code_of(country: str) -> str:
    """The code in capitals. Raises UsageError where it has not two letters."""
    code = country.strip().upper()
    if len(code) != 2 or not (code.isascii() and code.isalpha()):
        raise UsageError(
            f"A country is given by its two letters, such as KR, but got {country[:20]!r}. "
            f"There are entries for: {', '.join(countries())}."
        )
    return code

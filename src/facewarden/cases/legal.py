"""Legal bases that a notice may name: ``legal_bases.toml``, each with its source."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from facewarden.cases.help_lines import OF_THE_UNION, code_of
from facewarden.cases.kinds import Kind
from facewarden.cases.sourced import Country, Dated, Said, Web, table


class LegalBasis(Dated):
    """A rule that a notice may name.

    Attributes:
        kinds: the notices that name it.
        name: of the rule.
        what: it says, in one sentence, no more than the source does.
    """

    model_config = ConfigDict(strict=False)

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    country: Country
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]
    name: Said
    what: Said
    source: Web


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    basis: tuple[LegalBasis, ...]


@cache
def legal_bases() -> tuple[LegalBasis, ...]:
    """Every legal basis, in the order of the file."""
    return read(table("legal_bases.toml"))


def read(given: dict[str, Any]) -> tuple[LegalBasis, ...]:
    """The bases in a table. Raises ValueError where one has not the form."""
    return _File.model_validate(given).basis


def bases_for(country: str | None, kind: Kind) -> tuple[LegalBasis, ...]:
    """What a notice of `kind` may name in `country`; nothing where no country is given. Raises UsageError."""
    if country is None:
        return ()
    code = code_of(country)
    places = (code, "EU") if code in OF_THE_UNION else (code,)
    return tuple(basis for basis in legal_bases() if basis.country in places and kind in basis.kinds)

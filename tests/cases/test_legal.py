"""Legal bases, and which notice names them."""

from __future__ import annotations

import pytest

from facewarden.cases.kinds import Kind
from facewarden.cases.legal import bases_for, legal_bases
from facewarden.errors import UsageError


def test_every_basis_has_a_source_and_an_id_of_its_own() -> None:
    bases = legal_bases()
    assert len({basis.id for basis in bases}) == len(bases)
    assert all(basis.source.startswith("http") for basis in bases)


def test_only_those_of_the_country_and_of_the_kind_are_named() -> None:
    assert bases_for(None, Kind.PLATFORM) == ()
    assert {basis.country for basis in bases_for("kr", Kind.PLATFORM)} == {"KR"}
    assert {basis.country for basis in bases_for("DE", Kind.PLATFORM)} == {"EU"}
    assert bases_for("DE", Kind.POLICE) == ()
    assert bases_for("US", Kind.SCHOOL) == ()
    assert bases_for("BR", Kind.PLATFORM) == ()
    with pytest.raises(UsageError, match="two letters"):
        bases_for("Korea", Kind.PLATFORM)

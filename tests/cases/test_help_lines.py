"""The list of help lines: its form, and what is chosen from it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import ValidationError

from facewarden.cases.help_lines import ANY, countries, help_for, help_lines, read
from facewarden.cases.sourced import table
from facewarden.errors import UsageError

GOOD: dict[str, Any] = table("help_lines.toml")["entry"][0]


def changed(**fields: Any) -> dict[str, Any]:
    entry = {**GOOD, **fields}
    return {"entry": [{key: value for key, value in entry.items() if value is not None}]}


def test_every_entry_has_the_form_and_a_source_that_was_read() -> None:
    entries = help_lines()
    assert len(entries) > 30
    for entry in entries:
        assert entry.sources
        assert entry.source_date is None or entry.source_date <= entry.checked.isoformat()


PUBLIC = re.compile(r"(^|\.)(gov(\.[a-z]{2})?|govt\.nz|go\.jp|lg\.jp|police\.uk)$")
# Of public bodies or of who runs the service, by other names.
KNOWN = {
    "about.meta.com": ["meta"],
    "mairie-villetaneuse.fr": ["fr-3018"],
    "ovc.ojp.gov": ["us-ccri"],
    "www.gdwomen.org.cn": ["cn-12338"],
    "www.gnb.ca": ["ca-emergency"],
    "korea.kr": ["kr-1366"],
    "www.protectkidsonline.ca": ["ca-cybertip", "ca-needhelpnow"],
    "www2.gov.bc.ca": ["ca-bc"],
}


def test_a_source_of_a_third_party_is_marked_as_one() -> None:
    for entry in help_lines():
        host = urlsplit(entry.sources[0]).hostname or ""
        own = ".".join(host.split(".")[-2 if not host.endswith((".org.nz", ".org.uk", ".org.hk")) else -3 :])
        home = urlsplit(entry.url or "").hostname or ""
        ours = home == own or home.endswith(f".{own}")
        official = ours or bool(PUBLIC.search(host)) or entry.id in KNOWN.get(host, [])
        assert official != entry.third_party, (entry.id, host)


@pytest.mark.parametrize("country", ["KR", "CN", "US", "GB", "TW", "HK", "JP", "AU", "EU"])
def test_there_is_an_entry_for(country: str) -> None:
    assert country in countries()


@pytest.mark.parametrize("country", ["KR", "CN", "US", "GB", "TW", "AU", "CA", "JP", "NZ"])
def test_there_is_the_police_for(country: str) -> None:
    assert any(e.country == country and "police" in e.helps_with and e.phone for e in help_lines())


def test_own_places_come_first_then_those_of_the_union_then_those_for_all() -> None:
    assert [entry.country for entry in help_for("kr")] == sorted(
        (entry.country for entry in help_for("kr")), key=["KR", ANY].index
    )
    order = list(dict.fromkeys(entry.country for entry in help_for("FR")))
    assert order == ["FR", "EU", ANY]
    assert {entry.country for entry in help_for("GB")} == {"GB", ANY}
    assert {entry.country for entry in help_for("BR")} == {ANY}
    assert help_for(None) == help_lines()


@pytest.mark.parametrize("country", ["", "K", "Korea", "대한", "*", "k1"])
def test_what_is_no_country_is_refused(country: str) -> None:
    with pytest.raises(UsageError, match="two letters"):
        help_for(country)


@pytest.mark.parametrize(
    "fields",
    [
        {"country": "kr"},
        {"country": "KOR"},
        {"phone": ["call us"]},
        {"phone": ["<b>1</b>"]},
        {"url": "javascript:alert(1)"},
        {"url": None},
        {"email": "nobody"},
        {"sources": []},
        {"sources": ["somebody said so"]},
        {"source_date": "2026-13"},
        {"checked": None},
        {"checked": "yesterday"},
        {"helps_with": []},
        {"helps_with": ["magic"]},
        {"for_whom": "women"},
        {"languages": ["Korean"]},
        {"note": {"en": "x", "zh": "x"}},
        {"always": True, "hours": {"en": "9", "zh": "9", "ko": "9"}},
        {"telephone": ["1"]},
    ],
)
def test_an_entry_without_the_form_is_refused(fields: dict[str, Any]) -> None:
    read(changed())
    with pytest.raises(ValidationError):
        read(changed(**fields))


def test_an_id_is_there_once() -> None:
    with pytest.raises(ValueError, match="stopncii is there twice"):
        read({"entry": [GOOD, GOOD]})

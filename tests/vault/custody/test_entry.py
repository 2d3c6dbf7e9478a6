from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from facewarden.errors import TamperedError
from facewarden.sealed.signing import Signer
from facewarden.vault.custody.entry import (
    GENESIS,
    Deed,
    Entry,
    linked,
    moment,
    private_of,
    read,
    stamp,
    unveiled,
    written,
)

SIGNER, KEY = Signer(bytes(32)), bytes(range(32))
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def entry(deed: Deed, *, before: Entry | None = None, now: dt.datetime = NOON) -> Entry:
    return written(deed, now=now, before=before, signer=SIGNER, key=KEY)


def test_entries_form_a_chain_that_sha256_alone_follows() -> None:
    first = entry(Deed("vault.created", "ann"))
    second = entry(Deed("evidence.read", "bob", "FW-2026-000001"), before=first)
    assert (first.content.previous, second.content.previous) == (GENESIS, first.chain)
    digest = hashlib.sha256(second.line).hexdigest()
    assert second.chain == hashlib.sha256((first.chain + digest).encode()).hexdigest()
    assert linked(first.chain, second.digest) == second.chain
    assert read(second.line, SIGNER) == second


def test_times_never_go_back_and_the_log_says_by_how_much_the_clock_did() -> None:
    first = entry(Deed("vault.created", "ann"))
    second = entry(
        Deed("vault.created", "ann"), before=first, now=NOON - dt.timedelta(hours=2, milliseconds=5)
    )
    third = entry(Deed("vault.created", "ann"), before=second, now=NOON + dt.timedelta(seconds=1))
    assert [each.content.at for each in (first, second, third)] == [
        "2026-03-01T12:00:00.000Z",
        "2026-03-01T12:00:00.000Z",
        "2026-03-01T12:00:01.000Z",
    ]
    assert [each.content.behind_ms for each in (first, second, third)] == [None, 7_200_005, None]


def test_what_is_private_is_not_in_the_line_and_can_be_shown_without_the_key() -> None:
    one = entry(Deed("evidence.read", "ann", "FW-2026-000001", private={"place": "/home/ann/은지.jpg"}))
    assert "은지" not in one.line.decode()
    assert "/home" not in one.line.decode()
    plain = unveiled(one, KEY)
    assert plain is not None
    assert one.content.private is not None
    assert hashlib.sha256(plain).hexdigest() == one.content.private.digest
    assert private_of(one, KEY)["place"] == "/home/ann/은지.jpg"
    with pytest.raises(TamperedError):
        unveiled(one, bytes(32))


def test_equal_private_words_have_other_digests() -> None:
    deeds = [entry(Deed("evidence.read", "ann", "FW-2026-000001", private={"a": "yes"})) for _ in range(2)]
    digests = {each.content.private.digest for each in deeds if each.content.private}
    assert len(digests) == 2


def test_nothing_private_is_nothing() -> None:
    one = entry(Deed("vault.created", "ann"))
    assert unveiled(one, KEY) is None
    assert private_of(one, KEY) == {}


def test_a_signed_record_of_another_shape_is_no_entry() -> None:
    line = SIGNER.signed("facewarden.custody.entry", {"seq": 1})
    with pytest.raises(TamperedError, match="no entry"):
        read(line, SIGNER)


def test_stamps_read_back() -> None:
    assert stamp(moment("2026-03-01T12:00:00.123Z")) == "2026-03-01T12:00:00.123Z"
    seoul = dt.timezone(dt.timedelta(hours=9))
    assert stamp(dt.datetime(2026, 3, 1, 21, tzinfo=seoul)) == "2026-03-01T12:00:00.000Z"

"""Files on their way into a real vault."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest

from facewarden.acting.isolating import Isolating, VaultTakes
from facewarden.acting.outcome import Ended
from facewarden.acting.steps import Kind, Step
from facewarden.errors import UsageError
from facewarden.sealed.sole import alone
from facewarden.vault import vault
from tests.acting.making import ANNA, matter
from tests.vault.making import KEY, make

CONTENT = b"\xff\xd8\xff a picture"
STEP = Step(Kind.QUARANTINE)
ABOUT = matter("quarantine", sha256=hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    make(tmp_path / "vault")
    (tmp_path / "a.jpg").write_bytes(CONTENT)
    return tmp_path / "a.jpg"


@pytest.fixture
def hand(path: Path) -> Isolating:
    return Isolating(VaultTakes(path.parent / "vault", KEY, actor="watch", wait_s=0.1))


def test_it_is_taken_with_what_is_known_of_it(hand: Isolating, path: Path) -> None:
    outcome = hand.do(STEP, ABOUT, path)
    with vault.opened(path.parent / "vault", KEY) as opened:
        facts = opened.facts(outcome.case)
    assert (facts.sha256, facts.reason) == (ABOUT.sha256, "rules: one")
    assert (facts.about["key"], facts.about["people"]) == (ABOUT.key, [ANNA])
    assert hand.happened("", STEP, ABOUT) == outcome
    assert hand.happened("", STEP, matter("quarantine", file="another")) is None


def test_the_report_of_the_check_is_kept_with_it(hand: Isolating, path: Path) -> None:
    outcome = hand.do(STEP, ABOUT.model_copy(update={"report": '{"level":"likely"}'}), path)
    with vault.opened(path.parent / "vault", KEY) as opened:
        assert opened.report(outcome.case) == b'{"level":"likely"}'


def test_it_is_due_when_the_rules_say_so_and_destroyed_by_nobody(hand: Isolating, path: Path) -> None:
    kept = dt.date(2026, 5, 30)
    about = ABOUT.model_copy(update={"destroy_after": kept})
    number = hand.do(STEP, about, path).case
    for day, due in ((kept - dt.timedelta(days=1), []), (kept, [number])):
        now = dt.datetime.combine(day, dt.time(23, 59), dt.UTC)
        with vault.opened(path.parent / "vault", KEY, clock=lambda now=now: now) as opened:
            assert [case.number for case in opened.due()] == due
            assert opened.case(number).state.held


def test_what_a_person_gave_back_is_left(hand: Isolating, path: Path) -> None:
    case = hand.do(STEP, ABOUT, path).case
    with vault.opened(path.parent / "vault", KEY) as opened:
        opened.restore(case, actor="ann", reason="a mistake")
    outcome = hand.do(STEP, ABOUT, path)
    assert (outcome.ended, outcome.again) == (Ended.LEFT, False)
    assert path.read_bytes() == CONTENT


def test_what_was_not_judged_is_not_taken(
    hand: Isolating, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(b"another one")
    assert hand.do(STEP, ABOUT, path).ended is Ended.LEFT
    assert path.read_bytes() == b"another one"
    # Exchanged between the last look and the taking.
    path.write_bytes(CONTENT)
    real = vault.Vault.quarantine

    def late(opened: vault.Vault, place: Path, **said: object) -> object:
        place.write_bytes(b"exchanged")
        return real(opened, place, **said)  # type: ignore[arg-type]

    monkeypatch.setattr(vault.Vault, "quarantine", late)
    assert hand.do(STEP, ABOUT, path).ended is Ended.LEFT
    assert path.read_bytes() == b"exchanged"


def test_what_cannot_be_taken_just_now_is_tried_again(hand: Isolating, path: Path) -> None:
    with alone(path.parent / "vault"):
        outcome = hand.do(STEP, ABOUT, path)
    assert (outcome.ended, outcome.again) == (Ended.FAILED, True)
    assert hand.do(STEP, ABOUT, path).ended is Ended.DONE
    path.unlink()
    assert hand.do(STEP, ABOUT, path).ended is Ended.FAILED


def test_there_must_be_a_vault(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no vault"):
        VaultTakes(tmp_path / "none", KEY, actor="watch")

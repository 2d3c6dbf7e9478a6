"""States follow from the log; what cannot follow is refused."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import TamperedError
from facewarden.vault.cases import Case, State, cases_of, follow, next_number
from facewarden.vault.custody.entry import Deed, Entry, written
from tests.vault.custody.logs import KEY, SIGNER

NUMBER = "FW-2026-000001"
ACTIONS = [
    *(f"{what}.begun" for what in ("quarantine", "restore", "release", "package", "destroy")),
    *(f"{what}.done" for what in ("quarantine", "restore", "release", "package", "destroy")),
    *(f"{what}.undone" for what in ("quarantine", "restore", "release", "package")),
    "evidence.read",
    "notice.made",
    "retention.set",
    "destroy.approved",
    "destroy.withdrawn",
]


def entries(actions: list[str], *, case: str | None = NUMBER) -> list[Entry]:
    made: list[Entry] = []
    for action in actions:
        details = {"address": "ab" * 32, "destroy_after": None, "stub": True}
        deed = Deed(action, "ann", case, details)
        before = made[-1] if made else None
        now = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
        made.append(written(deed, now=now, before=before, signer=SIGNER, key=KEY))
    return made


TAKEN = ["quarantine.begun", "quarantine.done"]


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        (TAKEN[:1], State.COMING),
        (TAKEN, State.QUARANTINED),
        (["quarantine.begun", "quarantine.undone"], State.NEVER),
        ([*TAKEN, "release.begun", "release.undone"], State.QUARANTINED),
        ([*TAKEN, "release.begun", "release.done"], State.RELEASED),
        ([*TAKEN, "release.begun", "release.done", "restore.begun"], State.RELEASED),
        ([*TAKEN, "release.begun", "release.done", "restore.begun", "restore.done"], State.RESTORED),
        ([*TAKEN, "package.begun", "package.done", "evidence.read"], State.QUARANTINED),
        ([*TAKEN, "destroy.begun", "destroy.done"], State.DESTROYED),
        ([*TAKEN, "destroy.begun", "destroy.done", "notice.made"], State.DESTROYED),
        ([*TAKEN, "release.begun", "notice.made", "release.done"], State.RELEASED),
    ],
)
def test_states(actions: list[str], state: State) -> None:
    case = cases_of(entries(actions))[NUMBER]
    assert case.state is state
    assert (case.pending is not None) == actions[-1].endswith(".begun")
    assert len(case.entries) == len(actions)


@pytest.mark.parametrize(
    "actions",
    [
        ["quarantine.done"],
        ["evidence.read"],
        ["quarantine.begun", "quarantine.begun"],
        ["quarantine.begun", "evidence.read"],
        ["quarantine.begun", "restore.done"],
        [*TAKEN, "quarantine.done"],
        [*TAKEN, "restore.done"],
        [*TAKEN, "restore.begun", "release.done"],
        [*TAKEN, "restore.begun", "evidence.read"],
        [*TAKEN, "restore.begun", "restore.done", "evidence.read"],
        [*TAKEN, "destroy.begun", "destroy.done", "restore.begun"],
        [*TAKEN, "something.new"],
    ],
)
def test_what_cannot_follow_is_refused(actions: list[str]) -> None:
    with pytest.raises(TamperedError, match="cannot follow those before it"):
        cases_of(entries(actions))


def test_entries_of_no_case() -> None:
    assert cases_of(entries(["vault.created", "log.repaired"], case=None)) == {}
    with pytest.raises(TamperedError):
        cases_of(entries(["evidence.read"], case=None))


@given(st.lists(st.sampled_from(ACTIONS), max_size=12))
def test_a_file_that_left_never_comes_back_into_its_case(actions: list[str]) -> None:
    cases: dict[str, Case] = {}
    gone = False
    for entry in entries([*TAKEN, *actions]):
        try:
            follow(cases, entry)
        except TamperedError:
            continue
        state = cases[NUMBER].state
        assert not (gone and state.held)
        gone = gone or state in (State.RESTORED, State.DESTROYED)


def test_one_approval_for_each_actor() -> None:
    cases = cases_of(entries([*TAKEN, "destroy.approved", "destroy.approved"]))
    assert len(cases[NUMBER].approvals) == 1
    cases = cases_of(entries([*TAKEN, "destroy.approved", "destroy.withdrawn"]))
    assert cases[NUMBER].approvals == ()


def test_numbers() -> None:
    cases = cases_of(entries(TAKEN))
    assert next_number(cases, 2026) == "FW-2026-000002"
    assert next_number(cases, 2027) == "FW-2027-000001"

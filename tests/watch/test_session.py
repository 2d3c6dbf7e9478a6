"""Whole runs: what is there is judged once, acted upon, and remembered."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from facewarden.acting.configuration import Actions
from facewarden.errors import UsageError
from facewarden.policy.facts import Match
from facewarden.report.model import Level, Report
from facewarden.sealed.sole import alone
from facewarden.vault import vault
from facewarden.watch.birth import born_ns
from facewarden.watch.folders import folders_of
from facewarden.watch.judging import Recognised
from facewarden.watch.state import opened
from tests.vault.making import KEY
from tests.watch.desk import Desk, digests
from tests.watch.standing import ANNA, Knows, picture, rules


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_each_file_is_judged_and_done_with_once(desk: Desk) -> None:
    desk.put("a.jpg", picture("no_sign"))
    desk.put("deep/er/b.jpg", picture("likely"))
    desk.put("c.jpg", picture("weak"))
    desk.put("notes.txt", b"not for us")
    ran = desk.once()
    assert (ran.whole, ran.tallies.judged, ran.tallies.isolated, ran.tallies.failed) == (True, 3, 1, 0)
    journal = {Path(line["name"]).name: line for line in desk.journal()}
    assert journal["a.jpg"]["steps"] == ["note"]
    assert journal["c.jpg"]["steps"] == ["note", "hold"]
    assert journal["b.jpg"]["source"] == "inbox/deep/er"
    assert [one["ended"] for one in journal["b.jpg"]["performed"]] == ["done"] * 3
    assert journal["b.jpg"]["performed"][1]["case"].startswith("FW-")
    assert digests(desk.journal("noted")).total() == 3
    assert [line["level"] for line in desk.list("held")] == ["weak"]
    assert [line["level"] for line in desk.list("escalated")] == ["likely"]
    assert desk.list("escalated")[0]["case"] == journal["b.jpg"]["performed"][1]["case"]
    assert "case" not in desk.list("held")[0]
    assert (desk.inbox / "c.jpg").read_bytes() == picture("weak")
    assert b"facewarden.stub" in (desk.inbox / "deep/er/b.jpg").read_bytes()
    assert list(desk.held()) == [sha256(picture("likely"))]

    with vault.opened(desk.vault, KEY) as opened_vault:
        (case,) = opened_vault.cases()
        report = opened_vault.report(case.number)
    assert report is not None
    kept = Report.model_validate_json(report)
    assert (kept.level, kept.sha256) == (Level.LIKELY, sha256(picture("likely")))

    again = desk.once()
    assert (again.whole, again.tallies.judged) == (True, 0)
    assert len(desk.journal()) == 3
    assert len(desk.checker.checked) == 3


def test_what_is_written_to_is_judged_anew_and_what_is_renamed_is_not(desk: Desk) -> None:
    path = desk.put("a.jpg", picture("no_sign", 1))
    desk.once()
    path.rename(desk.inbox / "b.jpg")
    (desk.inbox / "b.jpg").chmod(0o600)
    assert desk.once().tallies.judged == 0
    before = (desk.inbox / "b.jpg").stat()
    (desk.inbox / "b.jpg").write_bytes(picture("no_sign", 2))
    # As one does who wants it to be taken for the old one.
    os.utime(desk.inbox / "b.jpg", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert desk.once().tallies.judged == 1
    assert digests(desk.journal()) == {sha256(picture("no_sign", n)): 1 for n in (1, 2)}


def test_copies_are_counted_over_time_and_by_what_they_are_copies_of(desk: Desk) -> None:
    for n in range(2):
        desk.put(f"one/{n}.jpg", picture("no_sign", f"anna {n}"))
    desk.once()
    assert desk.journal("warned") == []
    desk.put("two/3.jpg", picture("no_sign", "anna 3"))
    desk.put("two/4.jpg", picture("no_sign", "somebody else"))
    desk.once()
    (warned,) = desk.journal("warned")
    assert (warned["sha256"], warned["copies_of_a_day"], warned["sources_of_a_day"]) == (
        sha256(picture("no_sign", "anna 3")), 3, 2,
    )  # fmt: skip
    assert warned["people"] == [ANNA]


ABOUT_PEOPLE = """
version: 1
rules:
  - {name: all, then: [note]}
  - {name: often, when: {person_spread: {files: 3, sources: 2, within: 1h}}, then: [warn]}
  - {name: copies, when: {spread: {copies: 2, within: 1h}}, then: [hold]}
  - {name: will be, when: {person_forecast: {files: 1, within: 1h, probability: 0.6}}, then: [escalate]}
"""


class Shows(Knows):
    """Recognises her in every file that says so, none of which is a copy of anything."""

    def recognise(self, path: Path) -> Recognised:
        return replace(super().recognise(path), match=Match.NONE, material=())


def test_files_that_show_somebody_are_counted_for_her_whatever_they_are_copies_of(desk: Desk) -> None:
    desk.knows = Shows()
    for n in range(2):
        desk.put(f"one/{n}.jpg", picture("no_sign", f"anna {n}"))
    desk.once(policy=rules(ABOUT_PEOPLE))
    desk.put("two/3.jpg", picture("no_sign", "anna 3"))
    desk.put("two/4.jpg", picture("no_sign", "somebody else"))
    desk.once(policy=rules(ABOUT_PEOPLE))
    (warned,) = desk.journal("warned")
    assert warned["sha256"] == sha256(picture("no_sign", "anna 3"))
    assert warned["people_of_a_day"] == {ANNA: {"files": 3, "sources": 2}}
    assert (warned["copies_of_a_day"], desk.list("held")) == (1, [])
    # After one or two files so many more were not to be expected, after the third they are.
    assert [line["sha256"] for line in desk.list("escalated")] == [warned["sha256"]]
    (other,) = [
        line for line in desk.journal() if line["sha256"] == sha256(picture("no_sign", "somebody else"))
    ]
    assert other["people_of_a_day"] == {}


def test_a_dry_run_counts_people_as_a_real_run_does(desk: Desk) -> None:
    for n in range(4):
        desk.put(f"{n % 2}/{n}.jpg", picture("no_sign", f"anna {n}"))
    desk.once(dry_run=True, takes=None, policy=rules(ABOUT_PEOPLE))
    would = {record["sha256"]: (record["steps"], record["people_of_a_day"]) for record in desk.notes.records}
    assert not desk.state.exists()
    desk.once(policy=rules(ABOUT_PEOPLE))
    assert would == {line["sha256"]: (line["steps"], line["people_of_a_day"]) for line in desk.journal()}
    assert any("warn" in steps for steps, _ in would.values())


def test_who_is_not_looked_for_any_more_is_not_counted_any_more(desk: Desk) -> None:
    knows = desk.knows = Knows()
    desk.put("a.jpg", picture("no_sign", "anna"))
    desk.once()
    assert ANNA.encode() in (desk.state / "state.sqlite").read_bytes()
    knows.forgot = True
    desk.once()
    for path in desk.state.glob("state*"):
        assert ANNA.encode() not in path.read_bytes()


def test_held_in_the_vault_where_that_is_wanted(desk: Desk) -> None:
    path = desk.put("a.jpg", picture("weak"))
    desk.once(actions=Actions(hold="vault"))
    assert list(desk.held()) == [sha256(picture("weak"))]
    with vault.opened(desk.vault, KEY) as opened:
        (case,) = opened.cases()
        assert opened.facts(case.number).about["step"] == "hold"
        opened.restore(case.number, actor="ann", reason="seen")
    desk.once(actions=Actions(hold="vault"))
    # A person gave it back: it is judged again, as its place says that it is new, and left to people.
    assert path.read_bytes() == picture("weak")
    (_, after) = desk.journal()
    assert after["performed"][1]["ended"] == "left"


@pytest.mark.parametrize("told", [True, False])
def test_a_file_that_gets_the_number_of_one_before_it_is_another(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    """As ext4 does when something else frees and takes numbers between the two; here both have one from the start."""
    monkeypatch.setattr("facewarden.watch.candidates.origin_of", lambda found: "1:4711")
    if not told:
        monkeypatch.setattr("facewarden.watch.candidates.born_ns", lambda descriptor: None)
    elif not told_here(desk.inbox):
        pytest.skip("the file system does not tell when a file was made")
    path = desk.put("a.jpg", picture("weak"))
    desk.once(actions=Actions(hold="vault"))
    with vault.opened(desk.vault, KEY) as opened_vault:
        (case,) = opened_vault.cases()
        # With its old time, too.
        opened_vault.restore(case.number, actor="ann", reason="seen")
    desk.once(actions=Actions(hold="vault"))
    assert len(desk.journal()) == 2
    # Deleted and put there again, with the same content.
    path.unlink()
    time.sleep(0.02)
    desk.put("b.jpg", picture("weak"))
    desk.once()
    assert len(desk.journal()) == 3
    # One that was only renamed is the same.
    (desk.inbox / "b.jpg").rename(desk.inbox / "c.jpg")
    desk.once()
    assert len(desk.journal()) == 3


def told_here(folder: Path) -> bool:
    path = folder / "told"
    path.touch()
    with path.open("rb") as file:
        told = born_ns(file.fileno())
    path.unlink()
    return told is not None


def test_no_paths_are_written_where_they_are_not_wanted(desk: Desk) -> None:
    desk.put("secret-name-of-a-girl.jpg", picture("likely"))
    desk.put("secret-name-of-a-boy.jpg", picture("fail"))
    ran = desk.once(named=False)
    assert ran.tallies.judged == 1
    for path in desk.state.iterdir():
        if not path.name.startswith("state"):
            assert b"secret-name" not in path.read_bytes()


def test_names_are_forgotten_when_a_file_is_done(desk: Desk) -> None:
    for n in range(20):
        desk.put(f"secret-name-{n}.jpg", picture("weak", n))
    desk.once(named=False)
    for path in desk.state.iterdir():
        assert b"secret-name" not in path.read_bytes(), path


def test_a_dry_run_says_what_would_be_done_and_leaves_no_trace(desk: Desk) -> None:
    desk.put("a.jpg", picture("likely"))
    desk.put("b.jpg", picture("weak"))
    before = sorted(path.relative_to(desk.inbox.parent) for path in desk.inbox.parent.rglob("*"))
    ran = desk.once(dry_run=True, takes=None)
    assert ran.tallies.judged == 2
    assert sorted(path.relative_to(desk.inbox.parent) for path in desk.inbox.parent.rglob("*")) == before
    would = {record["sha256"]: record["steps"] for record in desk.notes.records}
    assert {record["kind"] for record in desk.notes.records} == {"would"}
    desk.once()
    did = {line["sha256"]: [one["step"] for one in line["performed"]] for line in desk.journal()}
    assert would == did


def test_a_check_that_fails_twice_is_given_up_and_the_others_are_seen_to(desk: Desk) -> None:
    desk.put("a.jpg", picture("fail"))
    desk.put("b.jpg", picture("no_sign"))
    assert not desk.once().whole  # it is tried again later
    with opened(desk.state / "state.sqlite") as state:
        state.connection.execute("UPDATE item SET due_s = 0")
    ran = desk.once()
    assert (ran.whole, ran.tallies.aside) == (True, 1)
    for lines in (desk.journal("aside"), desk.list("aside")):
        assert [(Path(line["name"]).name, line["reason"]) for line in lines] == [("a.jpg", "unexpected")]
    assert len(desk.journal()) == 1
    assert desk.once().tallies.aside == 0


def test_what_cannot_be_done_is_tried_again_then_told_to_a_person(desk: Desk) -> None:
    path = desk.put("a.jpg", picture("likely"))
    os.link(path, desk.inbox.parent / "second name")  # the vault does not take files of several names
    for _ in range(4):
        assert not desk.once().whole
        assert desk.journal() == []
        with opened(desk.state / "state.sqlite") as state:
            state.connection.execute("UPDATE item SET due_s = 0")
    ran = desk.once()
    assert (ran.whole, ran.tallies.failed) == (True, 1)
    (failed,) = desk.list("failed")
    assert failed["performed"][1] == {"step": "quarantine", "ended": "failed", "detail": "usage"}
    assert len(desk.list("escalated")) == len(desk.journal("noted")) == len(desk.journal()) == 1
    assert len(desk.checker.checked) == 1


def test_orders_that_cannot_be(desk: Desk) -> None:
    with pytest.raises(UsageError, match="Name a folder"):
        desk.once(folders=())
    with pytest.raises(UsageError, match="there is none"):
        desk.once(takes=None)
    with pytest.raises(UsageError, match="--allow-host"):
        desk.once(feeds=("https://example.org/feed",))
    with pytest.raises(UsageError, match="nothing says where it leads"):
        desk.once(policy=rules("version: 1\nrules: [{name: a, then: [{webhook: desk}]}]"))
    desk.once(takes=None, policy=rules("version: 1\nrules: [{name: a, then: [note]}]"))


def test_folders_have_names_of_their_own_and_do_not_lie_in_each_other(tmp_path: Path) -> None:
    for name in ("a/inbox", "b/inbox", "file"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "file" / "x").write_bytes(b"")
    folders = folders_of([tmp_path / "a/inbox", tmp_path / "b/inbox"])
    assert [folder.name for folder in folders] == ["inbox", "inbox-2"]
    for wrong in ([tmp_path / "a", tmp_path / "a/inbox"], [tmp_path / "none"], [tmp_path / "file/x"]):
        with pytest.raises(UsageError):
            folders_of(wrong)


def test_two_watches_do_not_share_a_state(desk: Desk) -> None:
    with alone(desk.state), pytest.raises(UsageError, match="Another process is at work"):
        desk.once()


def test_what_rules_retain_is_due_in_the_vault_after_that(desk: Desk) -> None:
    desk.put("a.jpg", picture("likely"))
    text = "version: 1\nretain: 30d\nrules: [{name: forged, when: {level: likely}, then: [quarantine]}]"
    today = dt.datetime.now(dt.UTC).date()
    desk.once(policy=rules(text))
    (line,) = desk.journal()
    with vault.opened(desk.vault, KEY) as opened_vault:
        (case,) = opened_vault.cases()
        assert opened_vault.due() == []
    assert case.destroy_after is not None
    assert case.destroy_after - today in (dt.timedelta(days=30), dt.timedelta(days=31))  # midnight may pass
    assert line["destroy_after"] == case.destroy_after.isoformat()

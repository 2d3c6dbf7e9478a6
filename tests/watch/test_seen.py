"""What a watch counted, read without touching it."""

from __future__ import annotations

import time

from facewarden.acting.lines import Lines
from facewarden.policy.facts import Match
from facewarden.report.model import Level
from facewarden.watch.seen import recorded_of, seen_in
from facewarden.watch.session import DATABASE, JOURNAL
from facewarden.watch.subjects import of_content, of_material, of_person
from tests.watch.desk import Desk
from tests.watch.standing import ANNA, picture

HOUR = 3600.0


def test_every_subject_comes_with_its_files(desk: Desk) -> None:
    desk.put("a/1.jpg", picture("likely", "anna"))
    desk.put("b/2.jpg", picture("weak", "anna too"))
    desk.put("3.jpg", picture())
    desk.once()
    before = (desk.state / DATABASE).read_bytes()
    found = {each.subject: each for each in seen_in(desk.state, now_s=time.time(), window_s=HOUR)}
    digests = {line["name"].rpartition("/")[2]: line["sha256"] for line in desk.journal()}
    assert set(found) == {of_person(ANNA), of_material(ANNA, 1), of_content(digests["3.jpg"])}
    assert found[of_person(ANNA)].digests == {digests["1.jpg"], digests["2.jpg"]}
    assert {each.source for each in found[of_person(ANNA)].spread.sightings} == {"inbox/a", "inbox/b"}
    assert seen_in(desk.state, now_s=time.time() + 2 * HOUR, window_s=HOUR) == []
    assert (desk.state / DATABASE).read_bytes() == before


def test_the_strictest_line_about_a_content_counts(desk: Desk) -> None:
    journal = Lines(desk.state / JOURNAL)
    desk.state.mkdir()
    said = {"kind": "judged", "sha256": "0" * 64, "match": "none"}
    journal.append(
        {**said, "level": "likely", "performed": [{"step": "hold", "ended": "done", "case": "FW-1"}]}
    )
    journal.append({**said, "level": "inconclusive", "match": "review", "performed": "strange"})
    journal.append({**said, "level": "of a later version"})
    journal.append({**said, "sha256": "1" * 64, "level": "weak"})
    found = recorded_of(desk.state, {"0" * 64})
    assert set(found) == {"0" * 64}
    known = found["0" * 64]
    assert (known.level, known.match, known.cases) == (Level.LIKELY, Match.REVIEW, {"FW-1"})
    journal.path.unlink()
    assert recorded_of(desk.state, {"0" * 64}) == {}

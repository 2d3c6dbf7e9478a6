"""Who is seen in several files, by made-up reports; the law by random stretches of time."""

from __future__ import annotations

import json
from random import Random

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fabricated
import facewarden
from facewarden.faces.naming import PROBABLY
from facewarden.messages import LANGUAGES, say
from facewarden.report.across import LEAST_S, AtOnce, across_files, at_once, sighted
from facewarden.report.across_words import blocks, warnings
from facewarden.report.html import render_html
from facewarden.report.jsonl import across_json, is_of_several, report_json
from facewarden.report.model import Face, Report, Resemblance, TimeSpan
from facewarden.report.sarif import sarif_log
from facewarden.report.schema import across_schema
from facewarden.report.terminal import terminal_text
from facewarden.report.wording import listed

NAMES = {"a1": "Ada", "b2": "Bea"}


def face(
    track: int,
    person: str | None,
    start_s: float,
    end_s: float,
    rate: float = 0.0002,
    reason: str | None = None,
) -> Face:
    likeness = Resemblance(
        person=person,
        name=NAMES[person] if person else None,
        distance=0.3 if person else None,
        false_positive_rate=rate if person else None,
        compared_with=2,
        reason=reason,
        sentences=[],
    )
    return fabricated.clear_face(track, track, start_s, end_s, "en").model_copy(
        update={"resemblance": likeness}
    )


def clip(path: str, *faces: Face) -> Report:
    digest = (path.encode().hex() * 64)[:64]
    return fabricated.clip_report(path=path).model_copy(update={"sha256": digest, "faces": list(faces)})


def photo(path: str, *faces: Face) -> Report:
    return clip(path, *faces).model_copy(update={"media": "photo"})


def ada(path: str, start_s: float, end_s: float) -> Report:
    return clip(path, face(1, "a1", start_s, end_s))


def test_a_person_in_two_files_is_listed_and_no_sign_of_anything() -> None:
    found = across_files([ada("a.mp4", 0, 9), clip("b.mp4", face(1, "b2", 0, 9)), ada("c.mp4", 2, 5)])
    (person,) = found.people
    assert (person.person, person.name, person.at_once) == ("a1", "Ada", None)
    assert [(each.path, each.spans) for each in person.seen_in] == [
        ("a.mp4", [TimeSpan(start_s=0, end_s=9)]),
        ("c.mp4", [TimeSpan(start_s=2, end_s=5)]),
    ]
    assert (found.warning, found.files, found.untold) == (False, 3, [])
    assert person.sentences[0].text == "Ada is probably seen in 2 of 3 files."
    assert "by itself no sign of a forgery" in person.sentences[1].text
    assert warnings(found, "en") == ()


def test_nobody_is_in_two_streams_at_once() -> None:
    found = across_files([ada("a.mp4", 0, 9), ada("b.mp4", 4, 12)], together=True)
    assert found.warning
    assert found.people[0].at_once == [AtOnce(start_s=4, end_s=9, paths=["a.mp4", "b.mp4"])]
    (line,) = warnings(found, "en")
    assert line.startswith("At the same time Ada is probably seen in 2 of the streams: 0:04–0:09.")


def test_one_after_the_other_is_no_warning() -> None:
    found = across_files([ada("a.mp4", 0, 5), ada("b.mp4", 5 - LEAST_S + 0.01, 12)], together=True)
    assert (found.warning, found.people[0].at_once) == (False, [])
    assert found.people[0].sentences[1].id == "across.not_at_once"


def test_several_faces_of_one_file_are_one_appearance() -> None:
    twice = clip("a.mp4", face(1, "a1", 0, 3, rate=0.005), face(2, "a1", 2, 6), face(3, "b2", 0, 6))
    (person,) = across_files([twice, ada("b.mp4", 0, 1)]).people
    assert person.seen_in[0].spans == [TimeSpan(start_s=0, end_s=6)]
    assert person.seen_in[0].false_positive_rate == 0.0002


def test_twice_in_one_file_is_not_several_files() -> None:
    assert across_files([clip("a.mp4", face(1, "a1", 0, 3), face(2, "a1", 2, 6))]).people == []


def test_what_is_unsure_does_not_count_but_is_told() -> None:
    unsure = clip("b.mp4", face(1, "a1", 0, 9, rate=PROBABLY * 1.01))
    found = across_files([ada("a.mp4", 0, 9), unsure], together=True)
    assert (found.people, found.warning) == ([], False)
    assert [(each.path, each.sentences[0].id) for each in found.untold] == [("b.mp4", "across.unsure")]


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (fabricated.failed_report(path="b.mp4"), "error.not_media"),
        (fabricated.faceless_report(path="b.mp4"), "abstain.no_face"),
        (clip("b.mp4", face(1, None, 0, 9, reason="too_small")), "abstain.too_small"),
        (clip("b.mp4", face(1, None, 0, 9, reason="too_many_people")), "abstain.too_many_people"),
        (fabricated.clip_report(path="b.mp4"), "resemblance.not_compared"),
        (photo("b.jpg", face(1, "a1", 0, 0)), "across.no_seconds"),
        (ada("a.mp4", 0, 9).model_copy(update={"path": "copy.mp4"}), "across.same_content"),
    ],
)
def test_what_cannot_be_told_is_named(report: Report, why: str) -> None:
    found = across_files([ada("a.mp4", 0, 9), report], together=True)
    assert not found.warning
    assert [(each.path, [s.id for s in each.sentences]) for each in found.untold] == [(report.path, [why])]


def test_a_face_that_was_lost_for_a_moment_does_not_hide_that_the_file_was_compared() -> None:
    part = clip("b.mp4", face(1, None, 0, 1, reason="too_few_samples"), face(2, None, 1, 9))
    assert across_files([part], together=True).untold == []


def test_a_photo_of_somebody_in_a_stream_is_listed() -> None:
    found = across_files([ada("a.mp4", 0, 9), photo("b.jpg", face(1, "a1", 0, 0))], together=True)
    assert [each.spans for each in found.people[0].seen_in] == [[TimeSpan(start_s=0, end_s=9)], []]
    assert found.people[0].at_once == []


tenths = st.integers(0, 200)
streams = st.lists(st.lists(st.tuples(tenths, tenths), max_size=4), min_size=2, max_size=5)


@given(streams)
def test_it_is_what_counting_tenth_by_tenth_says(drawn: list[list[tuple[int, int]]]) -> None:
    shown = np.zeros((len(drawn), 201), bool)
    for number, spans in enumerate(drawn):
        for start, end in spans:
            shown[number, min(start, end) : max(start, end)] = True
    reports = [
        clip(f"{n}", *(face(1, "a1", min(span) / 10, max(span) / 10) for span in spans))
        for n, spans in enumerate(drawn)
    ]
    found = [each for person in across_files(reports, together=True).people for each in person.at_once or ()]
    counted = np.zeros(201, bool)
    for each in found:
        start, end = round(each.start_s * 10), round(each.end_s * 10)
        counted[start:end] = True
        assert sorted(each.paths) == [f"{n}" for n in np.flatnonzero(shown[:, start:end].any(1))]
    enough = np.zeros(201, bool)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], shown.sum(0) >= 2, [False]]).astype(int)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        enough[start:end] = end - start >= 10 * LEAST_S
    # Where one stream takes over from another at the very same moment, two stretches touch, and each may be too short.
    assert not (counted & ~enough).any()
    assert all(each.end_s - each.start_s >= LEAST_S for each in found)
    if not _handed_over(drawn):
        assert (counted == enough).all()


def _handed_over(drawn: list[list[tuple[int, int]]]) -> bool:
    starts = {min(span) for spans in drawn for span in spans}
    return bool(starts & {max(span) for spans in drawn for span in spans})


@given(streams, st.randoms())
def test_the_order_of_the_files_says_nothing(drawn: list[list[tuple[int, int]]], chance: Random) -> None:
    seen_in = [
        sighted(clip(f"{n}", *(face(1, "a1", min(span), max(span)) for span in spans))).people.get("a1")
        for n, spans in enumerate(drawn)
    ]
    given_order = [appearance for appearance in seen_in if appearance is not None]
    other = given_order.copy()
    chance.shuffle(other)
    assert [(e.start_s, e.end_s, sorted(e.paths)) for e in at_once(given_order)] == [
        (e.start_s, e.end_s, sorted(e.paths)) for e in at_once(other)
    ]


def test_the_line_of_several_fits_its_schema_and_is_told_from_reports() -> None:
    reports = [ada("a.mp4", 0, 9), ada("b\u2028.mp4", 4, 12)]
    line = across_json(across_files(reports, together=True))
    jsonschema.Draft202012Validator(across_schema()).validate(json.loads(line))
    assert "\u2028" not in line
    assert is_of_several(line.encode())
    assert not any(is_of_several(report_json(report).encode()) for report in reports)
    assert not is_of_several(report_json(ada("across_files", 0, 1)).encode())
    assert not is_of_several(b"across_files")
    assert facewarden.across_files is across_files


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_view_says_it(language: str) -> None:
    reports = [ada("a.mp4", 0, 9), ada("b<i>.mp4", 4, 12), clip("c.mp4", face(1, "a1", 0, 1, rate=0.2))]
    across = across_files(reports, together=True, language=language)
    sentence = say("across.at_once", language, name="Ada", files=2, at="0:04–0:09")
    assert sentence in terminal_text(reports, language=language, width=1000, across=across)
    moment = say("across.moment", language, at="0:04–0:09", files=listed(("a.mp4", "b<i>.mp4"), language))
    assert moment in blocks(across, language)[0].items
    page = render_html(reports, language=language, across=across)
    assert sentence in page
    assert "b<i>" not in page
    (run,) = sarif_log(reports, language=language, across=across)["runs"]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert (notification["level"], notification["descriptor"]) == ("warning", {"id": "across_files"})
    assert sentence in notification["message"]["text"]
    assert [each["physicalLocation"]["artifactLocation"]["index"] for each in notification["locations"]] == [
        0,
        1,
    ]
    assert say("across.unsure", language) in blocks(across, language)[-1].items[0]


def test_where_nobody_is_seen_twice_it_is_said_only_to_those_who_asked() -> None:
    reports = [ada("a.mp4", 0, 9), clip("b.mp4", face(1, None, 0, 9))]
    assert blocks(across_files(reports), "en") == ()
    assert "several files" not in terminal_text(reports, across=across_files(reports))
    said = terminal_text(reports, width=200, across=across_files(reports, together=True))
    assert "None of the people you named is probably seen in more than one of the streams." in said

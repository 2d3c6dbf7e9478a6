"""Copies, faces and both together, in photos and in clips."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facewarden.errors import RateLimitedError
from facewarden.faces.finder import FaceFinder
from facewarden.faces.identity import IdentityEncoder
from facewarden.matching import wholes
from facewarden.matching.digests import digests_of
from facewarden.matching.exchange import Kind, Signal
from facewarden.matching.pdq import pdq_of
from facewarden.media.frame import ImageRGB
from facewarden.protect.allowance import Allowance
from facewarden.protect.enrolment import Candidate, Enrolment, with_candidates
from facewarden.protect.hash_list import HashList
from facewarden.protect.ignored import hashed
from facewarden.protect.matcher import PeopleMatcher
from facewarden.protect.person import Features, ItemFeatures
from facewarden.protect.report import MatchReport, match_json
from facewarden.protect.store import opened
from people import canvas, collins, collins_head, hopper, put
from tests.matching.edits import cropped, jpeg, landscape, scenery
from tests.media.making import write_clip
from tests.protect.making import GIVEN_AT, KEY, Clock, embedding, make, person
from tests.protect.making import features as made_up

Match = Callable[[ImageRGB], MatchReport]


@pytest.fixture(scope="module")
def networks(finder: FaceFinder, encoder: IdentityEncoder) -> tuple[FaceFinder, IdentityEncoder]:
    return finder, encoder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, networks: tuple[FaceFinder, IdentityEncoder]) -> Path:
    """Eileen with her portrait and a clip, Grace with hers."""
    place = tmp_path_factory.mktemp("matcher")
    folder = make(place / "people")
    Image.fromarray(collins()).save(place / "collins.png")
    Image.fromarray(hopper()).save(place / "hopper.png")
    clip = write_clip(place / "clip.mp4", [scenery(n // 10, 180, 240) for n in range(60)], rate=10)
    enrolment = Enrolment(finder=networks[0], encoder=networks[1])
    with opened(folder, KEY) as store:
        for number, name in ((1, "Eileen"), (2, "Grace")):
            candidates: list[Candidate] = enrolment.photos(
                [place / f"{('collins', 'hopper')[number - 1]}.png"]
            )
            if number == 1:
                candidates += enrolment.material([clip])
            record, features = with_candidates(person(number), Features(), candidates, now=GIVEN_AT)
            store.add(name, purpose="tests", person=record, features=features)
    return folder


@pytest.fixture
def matcher(folder: Path, networks: tuple[FaceFinder, IdentityEncoder]) -> PeopleMatcher:
    return PeopleMatcher(folder, KEY, finder=networks[0], encoder=networks[1])


@pytest.fixture
def match(matcher: PeopleMatcher, tmp_path: Path) -> Match:
    def match(picture: ImageRGB) -> MatchReport:
        Image.fromarray(picture).save(tmp_path / "query.png")
        return matcher.match(tmp_path / "query.png")

    return match


def test_the_very_file(matcher: PeopleMatcher, folder: Path) -> None:
    report = matcher.match(folder.parent / "collins.png")
    (copy,) = report.copies
    assert (copy.name, copy.item, copy.kind, copy.reason, copy.tier) == (
        "Eileen", 1, "photo", "same_file", "confirmed",
    )  # fmt: skip
    assert report.tier == "confirmed"
    assert report.recognised_ids() == (person(1).id,)
    (face,) = report.faces
    assert (face.name, face.sure) == ("Eileen", True)
    assert face.distance < 0.1
    assert not report.swap_lead


def test_a_worse_copy(match: Match) -> None:
    report = match(np.asarray(Image.fromarray(jpeg(hopper(), 30)).resize((256, 300))))
    assert [(copy.name, copy.reason) for copy in report.copies] == [("Grace", "same_picture")]
    assert report.sentence.id == "match.outcome.copy"
    assert MatchReport.model_validate_json(match_json(report)) == report


@pytest.mark.parametrize("older", [False, True], ids=["as it is", "index without middles"])
def test_a_crop_without_a_face(
    older: bool, networks: tuple[FaceFinder, IdentityEncoder], tmp_path: Path
) -> None:
    folder = make(tmp_path / "people")
    Image.fromarray(landscape(1)).save(tmp_path / "original.png")
    Image.fromarray(cropped(landscape(1), 0.1, 0.15, 0.02, 0.2)).save(tmp_path / "copy.png")
    enrolment = Enrolment(finder=networks[0], encoder=networks[1])
    with opened(folder, KEY) as store:
        candidates = enrolment.material([tmp_path / "original.png"])
        record, features = with_candidates(person(1), Features(), candidates, now=GIVEN_AT)
        store.add("Eileen", purpose="tests", person=record, features=features)
    matcher = PeopleMatcher(folder, KEY, finder=networks[0], encoder=networks[1])
    columns = matcher.registry._columns
    assert columns.middles.all()
    if older:
        matcher.registry._columns = replace(columns, middles=np.zeros_like(columns.middles))
    (copy,) = matcher.match(tmp_path / "copy.png").copies
    assert (copy.name, copy.reason, copy.tier) == ("Eileen", "same_crop", "confirmed")
    assert "cropped" in copy.sentence.text


def test_the_face_in_another_picture(match: Match) -> None:
    scene = canvas(500, 700)
    put(scene, collins_head(), centre=(400.0, 260.0), face_px=190)
    report = match(scene)
    (face,) = report.faces
    assert face.name == "Eileen"
    assert face.box.x0 < 400 < face.box.x1
    assert 0 < face.false_positive_rate < 0.5
    assert [person.name for person in report.people] == ["Eileen"]
    # The head was cut out of the enrolled picture, which the squares around the face tell.
    assert [copy.reason for copy in report.copies] == ["same_face_region"]


def swapped() -> ImageRGB:
    """Hopper's portrait, with Collins's face in place of the face."""
    picture = hopper().copy()
    inner = Image.fromarray(collins()[76:172, 184:268]).resize((150, 172), Image.Resampling.LANCZOS)
    yy, xx = np.mgrid[:172, :150]
    mask = (((xx - 75) / 72) ** 2 + ((yy - 86) / 84) ** 2 < 1)[..., None]
    place = picture[140:312, 186:336]
    picture[140:312, 186:336] = np.where(mask, np.asarray(inner), place)
    return picture


def test_a_copy_with_another_face_is_a_lead(match: Match) -> None:
    report = match(swapped())
    (lead,) = report.swap_leads
    assert (lead.name, lead.item) == ("Grace", 1)
    assert report.swap_lead
    assert report.sentence.id == "match.outcome.lead"
    assert {person.name for person in lead.faces_of} <= {"Eileen"}


def test_nothing_of_anybody(match: Match) -> None:
    report = match(scenery(77))
    assert (report.tier, report.found, report.abstained) == ("none", False, False)
    assert "does not prove" in report.sentence.text
    blank = match(np.full((80, 80, 3), 90, np.uint8))
    assert (blank.abstained, blank.reason) == (True, "low_quality")


def test_what_cannot_be_read_is_said(matcher: PeopleMatcher, tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(b"nothing")
    report = matcher.match(tmp_path / "x.jpg")
    assert (report.reason, report.abstained, report.sha256) == ("not_media", True, None)
    assert report.error is not None
    assert "neither a picture nor a video" in report.error


def test_a_clip_that_was_cut_out_of_an_enrolled_one(matcher: PeopleMatcher, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "cut.mp4", [scenery(n // 10, 180, 240) for n in range(20, 55)], rate=10)
    report = matcher.match(path)
    (copy,) = report.copies
    assert (copy.name, copy.item, copy.kind, copy.reason) == ("Eileen", 2, "clip", "same_seconds")
    assert copy.share == 1.0
    (span,) = copy.spans
    assert (span.start_s, span.original_start_s) == (0, 2)
    assert span.end_s == pytest.approx(3.5, abs=0.1), "short files are hashed four times a second"


def test_a_picture_and_a_face_in_a_clip(matcher: PeopleMatcher, tmp_path: Path) -> None:
    picture = np.asarray(Image.fromarray(hopper()).resize((384, 450)))
    path = write_clip(tmp_path / "still.mp4", [picture] * 20, rate=10)
    report = matcher.match(path)
    assert [(copy.name, copy.reason, copy.seen_at_s) for copy in report.copies] == [
        ("Grace", "same_picture", [0.0])
    ]
    assert {face.name for face in report.faces} == {"Grace"}


def test_who_withdraws_meanwhile_is_not_found_any_more(
    networks: tuple[FaceFinder, IdentityEncoder], folder: Path, tmp_path: Path
) -> None:
    own = tmp_path / "people"
    shutil.copytree(folder, own)
    path = folder.parent / "hopper.png"
    with PeopleMatcher(own, KEY, finder=networks[0], encoder=networks[1]) as matcher:
        assert matcher.match(path).people
        with opened(own, KEY) as store:
            store.withdraw(store.find("Grace"))
        report = matcher.match(path)
        assert not report.found
        with opened(own, KEY) as store:
            store.forget(*store.people())
        report = matcher.match(path)
        assert (report.abstained, report.reason) == (True, "nobody_enrolled")


def test_among_too_many_templates_copies_are_still_found(
    networks: tuple[FaceFinder, IdentityEncoder], folder: Path, tmp_path: Path
) -> None:
    own = tmp_path / "people"
    shutil.copytree(folder, own)
    items = tuple(ItemFeatures.of(n, embedding=embedding(3)) for n in range(1, 5001))
    with opened(own, KEY) as store:
        store.add("Many", purpose="tests", features=Features(items=items))
    report = PeopleMatcher(own, KEY, finder=networks[0], encoder=networks[1]).match(
        folder.parent / "hopper.png"
    )
    assert [copy.name for copy in report.copies] == ["Grace"]
    assert report.faces == []
    assert [said.id for said in report.not_checked] == ["match.left_out.too_many_people"]
    assert report.not_checked[0].text.startswith("5,002 face templates are enrolled")


def test_the_store_is_no_oracle(tmp_path: Path, networks: tuple[FaceFinder, IdentityEncoder]) -> None:
    clock = Clock()
    folder = make(tmp_path / "people", clock=clock, allowance=Allowance(burst=3, per_hour=60))
    (tmp_path / "x.jpg").write_bytes(b"nothing")
    with PeopleMatcher(folder, KEY, clock=clock) as matcher:
        for _ in range(3):
            assert matcher.match(tmp_path / "x.jpg").reason == "not_media"
        with pytest.raises(RateLimitedError):
            matcher.match(tmp_path / "x.jpg")
        clock.move(minutes=2)
        matcher.match(tmp_path / "x.jpg")
    with opened(folder, KEY, clock=clock) as store:
        assert int(store.allowance.tokens) == 1


def test_a_lookup_that_is_reserved_is_used_once_and_given_back_if_it_is_not(tmp_path: Path) -> None:
    clock = Clock()
    folder = make(tmp_path / "people", clock=clock, allowance=Allowance(burst=2, per_hour=60))
    (tmp_path / "x.jpg").write_bytes(b"nothing")

    def left() -> int:
        with opened(folder, KEY, clock=clock) as store:
            return int(store.allowance.tokens)

    with PeopleMatcher(folder, KEY, clock=clock) as matcher:
        for _ in range(5):
            matcher.reserve()
    assert left() == 2
    with PeopleMatcher(folder, KEY, clock=clock) as matcher:
        for _ in range(2):
            matcher.reserve()
            matcher.reserve()
            matcher.match(tmp_path / "x.jpg")
        with pytest.raises(RateLimitedError):
            matcher.reserve()
    assert left() == 0


def test_who_is_looked_for_is_who_did_not_withdraw_expire_or_go(tmp_path: Path) -> None:
    clock = Clock()
    folder = make(tmp_path / "people", clock=clock)
    with opened(folder, KEY, clock=clock) as store:
        for number, day in ((1, None), (2, None), (3, dt.date(2026, 3, 2)), (4, None)):
            made = person(number, expires=day)
            store.add(f"Number {number}", purpose="tests", person=made, features=made_up(number))
    matcher = PeopleMatcher(folder, KEY, clock=clock)
    ids = [person(number).id for number in (1, 2, 3, 4)]
    assert matcher.looked_for() == frozenset(ids)
    with opened(folder, KEY, clock=clock) as store:
        store.withdraw(store.find("Number 1"))
        store.forget(store.find("Number 2"))
    assert matcher.looked_for() == frozenset(ids[2:])
    clock.move(days=1)
    assert matcher.looked_for() == {ids[3]}


def kept(folder: Path, *signals: Signal, label: str = "Hotline") -> None:
    with opened(folder, KEY) as store:
        store.shelf.keep(label, HashList.of(signals))


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """A store with nobody in it."""
    return make(tmp_path / "lists")


def found(report: MatchReport) -> list[tuple[str, str, str, str]]:
    return [(each.label, each.hash_kind, each.tier, each.reason) for each in report.listed]


def test_a_copy_of_a_listed_picture(
    lists: Path, networks: tuple[FaceFinder, IdentityEncoder], tmp_path: Path
) -> None:
    matcher = PeopleMatcher(lists, KEY, finder=networks[0], encoder=networks[1])
    query = tmp_path / "query.png"
    Image.fromarray(jpeg(scenery(3), 30)).save(query)
    assert matcher.match(query).reason == "nobody_enrolled"
    kept(
        lists,
        Signal(Kind.PDQ, pdq_of(scenery(3)).hex, 100, "case 17"),
        Signal(Kind.PDQ, pdq_of(hopper()).hex),
    )
    report = matcher.match(query)
    assert found(report) == [("Hotline", "pdq", "confirmed", "same_picture")]
    assert (report.tier, report.sure, report.found, report.abstained) == ("confirmed", True, True, False)
    assert (report.sentence.id, report.recognised_ids()) == ("match.outcome.listed", ())
    assert report.listed[0].sentence.text == "A copy of a picture of the list Hotline (case 17)."
    assert MatchReport.model_validate_json(match_json(report)) == report
    Image.fromarray(scenery(99)).save(query)
    report = matcher.match(query)
    assert (report.tier, report.reason, report.sentence.id) == ("none", None, "match.outcome.nothing")
    with opened(lists, KEY) as store:
        store.shelf.forget(["Hotline"])
    assert matcher.match(query).reason == "nobody_enrolled"


def test_the_very_file_of_a_list_by_md5_and_sha256(
    lists: Path, networks: tuple[FaceFinder, IdentityEncoder], tmp_path: Path
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", [scenery(n, 180, 240) for n in range(5)], rate=5)
    other = write_clip(tmp_path / "other.mp4", [scenery(9 - n, 180, 240) for n in range(5)], rate=5)
    digests = digests_of(clip)
    matcher = PeopleMatcher(lists, KEY, finder=networks[0], encoder=networks[1])
    kept(lists, Signal(Kind.VIDEO_MD5, digests.md5), label="MD5")
    kept(lists, Signal(Kind.SHA256, digests.sha256), label="SHA")
    assert found(matcher.match(clip)) == [
        ("MD5", "video_md5", "confirmed", "same_file"),
        ("SHA", "sha256", "confirmed", "same_file"),
    ]
    assert found(matcher.match(other)) == []
    blank = tmp_path / "blank.png"
    Image.fromarray(np.full((200, 200, 3), 240, np.uint8)).save(blank)
    assert matcher.match(blank).reason is None  # by digests alone any file can be judged
    kept(lists, Signal(Kind.PDQ, pdq_of(hopper()).hex), label="PDQ")
    assert matcher.match(blank).reason == "low_quality"


def test_a_listed_picture_as_a_still_in_a_clip(
    lists: Path, networks: tuple[FaceFinder, IdentityEncoder], tmp_path: Path
) -> None:
    kept(lists, Signal(Kind.PDQ, pdq_of(scenery(3, 180, 240)).hex))
    clip = write_clip(tmp_path / "clip.mp4", [scenery(3, 180, 240)] * 6, rate=2)
    (copy,) = PeopleMatcher(lists, KEY, finder=networks[0], encoder=networks[1]).match(clip).listed
    assert (copy.tier, copy.seen_at_s) == ("confirmed", [0.0])


def test_what_is_enrolled_and_listed_is_told_as_both(
    tmp_path: Path, networks: tuple[FaceFinder, IdentityEncoder]
) -> None:
    own = make(tmp_path / "people")
    Image.fromarray(scenery(3)).save(tmp_path / "own.png")
    candidates = Enrolment(finder=networks[0], encoder=networks[1]).material([tmp_path / "own.png"])
    with opened(own, KEY) as store:
        record, features = with_candidates(person(1), Features(), candidates, now=GIVEN_AT)
        store.add("Eileen", purpose="tests", person=record, features=features)
    kept(own, Signal(Kind.PDQ, pdq_of(scenery(3)).hex))
    matcher = PeopleMatcher(own, KEY, finder=networks[0], encoder=networks[1])
    report = matcher.match(tmp_path / "own.png")
    assert report.sentence.id == "match.outcome.copy"
    assert (len(report.copies), len(report.listed)) == (1, 1)

    with opened(own, KEY) as store:
        store.shelf.ignore([hashed(tmp_path / "own.png")])
    assert matcher.registry.holds_near([pdq_of(scenery(3))])
    Image.fromarray(jpeg(scenery(3), 40)).save(tmp_path / "again.png")
    for path in (tmp_path / "own.png", tmp_path / "again.png"):
        report = matcher.match(path)
        assert (report.found, report.sentence.id) == (False, "match.outcome.nothing")
        assert "match.left_out.ignored" in [sentence.id for sentence in report.not_checked]
    with opened(own, KEY) as store:
        store.shelf.count_again([1])
    assert matcher.match(tmp_path / "again.png").tier == "confirmed"


def test_near_ones_of_long_lists_are_left_out_and_that_is_said(
    lists: Path, networks: tuple[FaceFinder, IdentityEncoder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = (int.from_bytes(pdq_of(scenery(3)).digest) ^ ((1 << 40) - 1)).to_bytes(32).hex()
    kept(lists, Signal(Kind.PDQ, near), Signal(Kind.PDQ, pdq_of(hopper()).hex))
    query = tmp_path / "query.png"
    Image.fromarray(scenery(3)).save(query)
    matcher = PeopleMatcher(lists, KEY, finder=networks[0], encoder=networks[1])
    report = matcher.match(query)
    assert found(report) == [("Hotline", "pdq", "review", "near")]
    assert (report.tier, report.sure, report.sentence.id) == ("review", False, "match.outcome.listed_review")
    monkeypatch.setattr(wholes, "MOST_REVIEWED", 1)
    report = matcher.match(query)
    assert report.listed == []
    assert "match.left_out.too_many_hashes" in [sentence.id for sentence in report.not_checked]

"""People who asked to be looked for, through the whole check of the examples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import facewarden
from facewarden.faces.finder import FaceFinder
from facewarden.faces.identity import IdentityEncoder
from facewarden.faces.likeness import Likeness
from facewarden.media.frame import ImageRGB
from facewarden.report.model import Report
from people import Head, canvas, collins, collins_head, hopper, hopper_head, put
from tests.faces.test_likeness import Known
from tests.media.making import write_clip

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def people() -> Likeness:
    finder, encoder = FaceFinder(), IdentityEncoder()

    def template(picture_rgb: ImageRGB) -> np.ndarray:
        return encoder.embed(picture_rgb, finder.find(picture_rgb, thorough=True)[0].landmarks)

    # Other sizes than those of the examples, so that nothing is compared with itself.
    pictures = [np.asarray(Image.fromarray(each()).resize((410, 440))) for each in (collins, hopper)]
    names = {"a1": "Eileen", "b2": "Grace"}
    return Likeness(
        Known(list(names), np.stack([template(each) for each in pictures])), name_of=names.__getitem__
    )


@pytest.fixture(scope="module")
def checker(people: Likeness) -> facewarden.Checker:
    return facewarden.Checker(effort="fast", people=people)


def sentences(report: Report) -> list[str]:
    return [line.text for face in report.faces if face.resemblance for line in face.resemblance.sentences]


@pytest.mark.parametrize("name", ["genuine.jpg", "genuine.mp4"])
def test_a_genuine_face_bears_its_name(checker: facewarden.Checker, name: str) -> None:
    (face,) = checker.check(EXAMPLES / name).faces
    assert face.resemblance is not None
    assert (face.resemblance.person, face.resemblance.name) == ("b2", "Grace")
    assert not face.resemblance.swapped
    assert face.resemblance.sentences[0].text.startswith("This is probably Grace (distance 0.")


@pytest.mark.parametrize("name", ["LAB-swap.jpg", "LAB-swap.mp4"])
def test_a_face_that_was_put_on_another_head_is_named_and_called_swapped(
    checker: facewarden.Checker, name: str
) -> None:
    report = checker.check(EXAMPLES / name)
    (face,) = report.faces
    assert face.resemblance is not None
    assert face.resemblance.name == "Eileen"
    assert face.resemblance.swapped
    assert "and the face is likely swapped" in sentences(report)[0]
    (cue,) = (cue for cue in face.cues if cue.cue == "registered_identity")
    assert cue.log_likelihood_ratio is None


def test_one_person_twice_in_one_photo(checker: facewarden.Checker, tmp_path: Path) -> None:
    scene = np.full((400, 800, 3), 140, np.uint8)
    for x, px in ((200, 130), (600, 150)):
        put(scene, collins_head(), centre=(x, 200), face_px=px)
    path = tmp_path / "twice.png"
    Image.fromarray(scene).save(path)
    report = checker.check(path)
    resembling = [face.resemblance for face in report.faces]
    assert [each.name for each in resembling if each] == ["Eileen", "Eileen"]
    assert [each.also_tracks for each in resembling if each] == [[2], [1]]
    assert any("in other places as well at the same moment (1)" in text for text in sentences(report))


def test_without_people_nobody_is_named() -> None:
    report = facewarden.Checker(effort="fast").check(EXAMPLES / "LAB-swap.jpg")
    assert [face.resemblance for face in report.faces] == [None]
    assert "registered_identity" not in {cue.cue for face in report.faces for cue in face.cues}
    assert "Eileen" not in report.model_dump_json()


def test_the_allowance_is_asked_before_a_name_is_told(people: Likeness) -> None:
    class SpentError(Exception):
        pass

    def refuse(faces: int) -> None:
        raise SpentError

    known = Known(list(people.people), np.zeros((2, 128), np.float32))
    with pytest.raises(SpentError):
        facewarden.Checker(effort="fast", people=Likeness(known, spend=refuse)).check(
            EXAMPLES / "genuine.jpg"
        )


def stream(path: Path, head: Head, *, seconds: tuple[int, int], of_s: int = 6) -> Path:
    """A stream of an empty room in which somebody sits in some of its seconds."""
    room = canvas(360, 480)
    taken = room.copy()
    put(taken, head, centre=(240, 180), face_px=150)
    write_clip(path, [taken if seconds[0] <= n // 5 < seconds[1] else room for n in range(5 * of_s)], rate=5)
    return path


def test_one_person_in_two_streams_of_one_call(checker: facewarden.Checker, tmp_path: Path) -> None:
    paths = [
        stream(tmp_path / "one.mp4", collins_head(), seconds=(0, 4)),
        stream(tmp_path / "two.mp4", collins_head(), seconds=(2, 6)),
        stream(tmp_path / "three.mp4", hopper_head(), seconds=(0, 6)),
    ]
    reports = [checker.check(path) for path in paths]
    found = facewarden.across_files(reports, together=True)
    assert found.warning
    assert [person.name for person in found.people] == ["Eileen"]
    (stretch,) = found.people[0].at_once or []
    assert stretch.paths == [str(path) for path in paths[:2]]
    assert (stretch.start_s, stretch.end_s) == pytest.approx((2, 4), abs=0.5)
    assert found.untold == []
    listed = facewarden.across_files(reports)
    assert (listed.warning, listed.people[0].at_once) == (False, None)
    # Neither template nor embedding: all numbers are seconds and rates.
    assert "embedding" not in found.model_dump_json()
    assert len(found.model_dump_json()) < 3000


def test_the_same_person_in_two_photos_is_normal(checker: facewarden.Checker, tmp_path: Path) -> None:
    for name, px in (("a.png", 130), ("b.png", 160)):
        scene = canvas(400, 500)
        put(scene, hopper_head(), centre=(250, 200), face_px=px)
        Image.fromarray(scene).save(tmp_path / name)
    found = facewarden.across_files([checker.check(tmp_path / name) for name in ("a.png", "b.png")])
    assert [person.name for person in found.people] == ["Grace"]
    assert not found.warning
    assert "by itself no sign of a forgery" in found.people[0].sentences[1].text

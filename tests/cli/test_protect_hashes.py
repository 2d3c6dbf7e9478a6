"""``facewarden protect hashes``: what leaves, what comes in, and that match looks for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from facewarden.errors import StorageError
from facewarden.matching.exchange import FORMATS, read
from facewarden.matching.exchange import signal as signal_module
from facewarden.matching.pdq import pdq_of
from facewarden.protect.enrolment import Enrolment, with_candidates
from facewarden.protect.events import Event, EventLog
from facewarden.protect.person import Features
from facewarden.protect.report import MatchReport
from facewarden.protect.store import opened
from people import hopper
from tests.cli.test_protect import Command, ann, home, protect
from tests.matching.edits import jpeg, scenery
from tests.matching.test_exchange import FILES, GOLDEN, SIGNALS
from tests.media.making import write_clip
from tests.protect.making import GIVEN_AT, KEY, features, make, pdq, person

__all__ = ["ann", "home", "protect"]  # fixtures

FORGED = 3


@pytest.fixture
def bo(home: Path, tmp_path: Path) -> Path:
    """A store in which Bo's forged picture and clip are enrolled; the picture lies in ``forged.png``."""
    picture = tmp_path / "forged.png"
    Image.fromarray(scenery(FORGED)).save(picture)
    clip = write_clip(tmp_path / "forged.mp4", [scenery(n, 180, 240) for n in range(4)], rate=2)
    record, found = with_candidates(
        person(1), Features(), Enrolment().material([picture, clip]), now=GIVEN_AT
    )
    make(home)
    with opened(home, KEY) as store:
        store.add("Bo", purpose="tests", person=record, features=found)
    return home


@pytest.mark.parametrize("form", FORMATS)
def test_what_leaves_one_store_is_found_with_another(
    form: str, protect: Command, bo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = tmp_path / "list"
    assert protect("hashes", "export", "Bo", "--format", form, "-o", to) == (0, f"{to}\n", "")
    assert pdq_of(scenery(FORGED)).hex in [each.value for each in read(form, to.read_bytes())]

    other = make(tmp_path / "other")
    monkeypatch.setenv("FACEWARDEN_PEOPLE", str(other))
    code, out, err = protect("hashes", "import", to, "--format", form, "--label", "School")
    assert (code, err) == (0, "")
    assert out.startswith("list School  1 pdq, 1 video_md5")
    copy, innocent = tmp_path / "copy.jpg", tmp_path / "else.png"
    Image.fromarray(jpeg(scenery(FORGED), 40)).save(copy)
    Image.fromarray(scenery(99)).save(innocent)
    code, out, err = protect("match", copy, innocent, tmp_path / "forged.mp4")
    assert code == 1
    assert f"{copy}: A copy of listed material was found.\n  A copy of a picture of the list School" in out
    assert (
        "forged.mp4: A copy of listed material was found.\n  Byte for byte a file of the list School" in out
    )
    assert "else.png" not in out
    assert "3 files: 2 copies of listed material, 1 in which nothing was found." in err
    report = MatchReport.model_validate_json(protect("match", copy, "--json", "-q")[1])
    assert [(each.label, each.tier) for each in report.listed] == [("School", "confirmed")]


def test_all_are_written_and_nobody_who_may_not_be(protect: Command, bo: Path, tmp_path: Path) -> None:
    with opened(bo, KEY) as store:
        store.add("Cy", purpose="tests", features=features(5))
        store.withdraw(store.find("Cy"))
    to = tmp_path / "list.csv"
    as_csv = ("--format", "csv", "-o", to)
    assert protect("hashes", "export", *as_csv)[0] == 0
    kinds = [each.kind for each in read("csv", to.read_bytes())]
    assert kinds == ["pdq", "photo_md5", "sha256", "video_md5", "sha256"]
    assert b"Bo" not in to.read_bytes()
    whole = to.read_bytes()
    code, _, err = protect("hashes", "export", *as_csv)
    assert (code, to.read_bytes()) == (2, whole)
    assert "already; it stays as it is" in err
    to.write_bytes(b"old")
    assert protect("hashes", "export", *as_csv, "--overwrite")[0] == 0
    assert to.read_bytes() == whole
    to.unlink()
    code, _, err = protect("hashes", "export", "Cy", *as_csv)
    assert (code, to.exists()) == (2, False)
    assert "withdrawn" in err
    events = [line.split()[1:] for line in protect("events")[1].splitlines()]
    assert events.count(["hashes_exported", person(1).id, "5"]) == 2


@pytest.mark.parametrize("more", [[], ["--overwrite"]])
def test_nothing_leaves_that_is_not_noted(
    protect: Command, bo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    def full(log: EventLog, event: Event) -> None:
        raise StorageError(f"{log.path} cannot be written: No space left on device.")

    folder = tmp_path / "out"
    folder.mkdir()
    to = folder / "list.csv"
    if more:
        to.write_bytes(b"old")
    with monkeypatch.context() as broken:
        broken.setattr(EventLog, "append", full)
        code, out, err = protect("hashes", "export", "--format", "csv", "-o", to, *more)
    assert (code, out) == (2, "")
    assert "No space left" in err
    assert [path.read_bytes() for path in folder.iterdir()] == ([b"old"] if more else [])
    assert protect("hashes", "export", "--format", "csv", "-o", to, *more)[0] == 0
    assert to.read_bytes() not in (b"", b"old")


def test_photos_of_the_face_leave_only_when_asked_for(protect: Command, home: Path, tmp_path: Path) -> None:
    portrait = tmp_path / "portrait.png"
    Image.fromarray(hopper()).save(portrait)
    enrolled = Enrolment().photos([portrait])
    record, found = with_candidates(person(1), Features(), enrolled, now=GIVEN_AT)
    make(home)
    with opened(home, KEY) as store:
        store.add("Grace", purpose="tests", person=record, features=found)
    to = tmp_path / "list.csv"
    code, _, err = protect("hashes", "export", "--format", "csv", "-o", to)
    assert (code, to.exists()) == (2, False)
    assert "--material, or --photos" in err
    assert protect("hashes", "export", "--format", "csv", "-o", to, "--photos")[0] == 0
    assert pdq_of(hopper()).hex in to.read_text()


@pytest.mark.parametrize("form", FILES)
def test_the_golden_lists_are_taken_in(form: str, protect: Command, ann: Path) -> None:
    code, out, _ = protect("hashes", "import", GOLDEN / FILES[form], "--format", form, "--json")
    told = json.loads(out)
    assert (code, told["list"], sum(told["hashes"].values())) == (0, form, len(SIGNALS[form]))
    assert json.loads(protect("hashes", "list", "--json")[1]) == told
    assert protect("list")[1].splitlines()[0].startswith("Ann  active")
    assert protect("list")[1].splitlines()[1].startswith(f"list {form}  ")
    assert protect("verify")[0] == 0


def test_what_ncmec_answers_is_taken_in(protect: Command, ann: Path) -> None:
    golden = GOLDEN / "ncmec_answer.xml"
    code, out, _ = protect("hashes", "import", golden, "--format", "ncmec", "--label", "NCMEC")
    assert code == 0
    assert out.startswith("list NCMEC  1 pdq, 1 video_md5, 1 photo_md5  since 20")


def test_a_list_is_replaced_and_forgotten(protect: Command, ann: Path, tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.write_text(f"pdq {pdq(1).hex}\n")
    given = ("hashes", "import", file, "--format", "threatexchange", "--label", "A")
    assert protect(*given)[0] == 0
    assert protect("verify") == (0, "1 person, 1 list: ok\n", "")
    code, out, err = protect(*given)
    assert (code, out) == (2, "")
    assert "There is a list named 'A' already." in err
    file.write_text(f"pdq {pdq(2).hex}\npdq {pdq(3).hex}\n")
    assert protect(*given, "--replace")[1].startswith("list A  2 pdq  since")
    code, _, err = protect("hashes", "forget", "A")
    assert (code, "--yes" in err) == (2, True)
    assert protect("hashes", "forget", "a", "--yes") == (0, "A: forgotten\n", "")
    assert protect("hashes", "list") == (0, "", "There is no list of others.\n")
    code, _, err = protect("hashes", "forget", "A", "--yes")
    assert (code, "no list named 'A'" in err) == (2, True)
    actions = [line.split()[1] for line in protect("events")[1].splitlines()]
    assert actions[-3:] == ["list_imported", "list_imported", "list_forgotten"]


def test_poor_hashes_are_told(protect: Command, ann: Path, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(f"kind,value,quality\npdq,{pdq(1).hex},49\npdq,{pdq(2).hex},50\n")
    code, _, err = protect("hashes", "import", file, "--format", "csv")
    assert code == 0
    assert "1 of them are of pictures that show too little" in err


@pytest.mark.parametrize(
    ("form", "data", "says"),
    [
        ("csv", b"kind,value\npdq,zz\n", "list: Line 2: pdq needs 64 hex digits"),
        ("csv", b"kind,value\nsha256,00\n", "list: Line 2: sha256 needs 64 hex digits"),
        ("csv", b"kind,value\nphoto_md5," + b"a" * 31 + b"\n", "photo_md5 needs 32 hex digits"),
        ("csv", b"\xff\xfe", "no UTF-8 text"),
        ("csv", b"kind,value\n", "holds no hash"),
        ("threatexchange", b"pdq " + b"a" * 64 + b"\npdq 12\n", "list: Line 2: pdq needs 64 hex digits"),
        ("threatexchange", b"", "holds no hash"),
        ("ncmec", b"<!DOCTYPE x><queryResult/>", "declares a document type"),
        ("ncmec", b"<queryResult>", "cut short"),
        ("stopncii", b"[" * 10_000, "no list of StopNCII"),
    ],
)
def test_a_hostile_or_broken_list_is_refused_whole(
    form: str, data: bytes, says: str, protect: Command, ann: Path, tmp_path: Path
) -> None:
    file = tmp_path / "list"
    file.write_bytes(data)
    before = sorted(path.name for path in (ann / "objects").iterdir())
    code, out, err = protect("hashes", "import", file, "--format", form)
    assert (code, out) == (2, "")
    assert says in err
    assert "\n" not in err.rstrip("\n")
    assert sorted(path.name for path in (ann / "objects").iterdir()) == before
    assert protect("hashes", "list") == (0, "", "There is no list of others.\n")


def test_a_list_without_end_is_refused(
    protect: Command, ann: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal_module, "MOST_BYTES", 1 << 20)
    code, _, err = protect("hashes", "import", "/dev/zero", "--format", "csv")
    assert (code, "more than the 1 MiB of a list" in err) == (2, True)
    monkeypatch.setattr(signal_module, "MOST_SIGNALS", 2)
    file = tmp_path / "list"
    file.write_text("".join(f"pdq {pdq(n).hex}\n" for n in range(3)))
    code, _, err = protect("hashes", "import", file, "--format", "threatexchange")
    assert (code, "more than 2 entries" in err) == (2, True)


def test_what_cannot_be_read_or_written_is_said(protect: Command, bo: Path, tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        code, _, err = protect("hashes", "import", path, "--format", "csv")
        assert (code, "cannot be read" in err) == (2, True)
    code, _, err = protect("hashes", "export", "--format", "csv", "-o", tmp_path / "none" / "list")
    assert (code, "none" in err) == (2, True)
    assert "hashes_exported" not in protect("events")[1]
    assert protect("hashes", "export", "Nobody", "--format", "csv", "-o", tmp_path / "list")[0] == 2
    assert protect("hashes", "import", tmp_path, "--format", "xls")[0] == 2

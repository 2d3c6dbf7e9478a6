"""``facewarden protect``, from init to forget."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facewarden.cli.main import run
from facewarden.cli.protect_match import OUTCOMES, exit_code_of, is_comparable, summary_of
from facewarden.errors import StorageError
from facewarden.messages import Message, catalogue
from facewarden.protect.events import Event, EventLog
from facewarden.protect.report import CopyFound, MatchReport
from facewarden.protect.store import opened
from facewarden.report.model import Sentence
from people import collins, hopper
from tests.matching.edits import scenery
from tests.protect.making import KEY, PASSPHRASE, features, make

Command = Callable[..., tuple[int, str, str]]
AGREED = ("--consent", "self", "--purpose", "find copies of my pictures")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACEWARDEN_PEOPLE", str(tmp_path / "people"))
    monkeypatch.setenv("FACEWARDEN_STATE", str(tmp_path / "watch"))
    monkeypatch.setenv("FACEWARDEN_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path / "people"


@pytest.fixture
def protect(home: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """Run ``facewarden protect ...``; (exit code, stdout, stderr)."""

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capfdbinary.readouterr()
        code = run(["protect", *map(str, arguments)])
        told = capfdbinary.readouterr()
        return code, told.out.decode(), told.err.decode()

    return call


@pytest.fixture
def ann(home: Path) -> Path:
    """A store in which Ann is enrolled, with made-up features."""
    make(home)
    with opened(home, KEY) as store:
        store.add("Ann", purpose="tests", features=features(1))
    return home


def test_photos_are_enrolled_and_found(protect: Command, home: Path, tmp_path: Path) -> None:
    mine, other = tmp_path / "mine.png", tmp_path / "other.png"
    Image.fromarray(collins()).save(mine)
    Image.fromarray(hopper()).save(other)
    assert protect("init") == (0, f"{home}\n", "")
    code, out, err = protect("enrol", "Eileen", other)
    assert (code, out) == (2, "")
    assert "--consent and --purpose" in err
    assert "go with --add" in err
    code, out, err = protect("enrol", "Eileen", mine, *AGREED)
    assert code == 0
    assert out.startswith("mine.png: Accepted: face 1")
    assert "Three to five pictures" in err
    code, out, err = protect("enrol", "Eileen", mine, *AGREED)
    assert (code, out) == (2, "")
    assert "--add" in err
    code, out, _ = protect("enrol", "eileen", "--add", other, mine, "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 2
    assert [row["reasons"] for row in rows] == [["enrol.stranger"], ["enrol.duplicate"]]
    assert [row["item"] for row in rows] == [None, None]
    code, out, _ = protect("show", "Eileen")
    assert code == 0
    assert "consent   by self, 20" in out
    assert ": find copies of my pictures\n" in out
    assert "face template, hashes of the picture, digests of the file; face 1" in out

    Image.fromarray(np.asarray(Image.fromarray(collins()).resize((300, 300)))).save(tmp_path / "copy.jpg")
    Image.fromarray(scenery(3)).save(tmp_path / "else.jpg")
    code, out, err = protect("match", tmp_path / "copy.jpg", tmp_path / "else.jpg")
    assert code == 1
    assert out.startswith(
        f"{tmp_path}/copy.jpg: A copy of something enrolled was found.\n  A copy of item 1 of Eileen.\n"
    )
    assert "else.jpg" not in out
    assert "[2/2]" in err
    code, out, _ = protect("match", tmp_path / "copy.jpg", "--json", "--fail-on", "swap", "-q")
    assert code == 0
    report = MatchReport.model_validate_json(out)
    assert (report.tier, report.swap_lead) == ("confirmed", False)
    code, out, _ = protect("match", tmp_path / "copy.jpg", "--lang", "zh", "-q")
    assert "第 1 项的副本" in out


def test_listing_withdrawing_and_forgetting(protect: Command, ann: Path) -> None:
    assert protect("list") == (0, "Ann  active  2 items\n".replace("2 items", "0 items"), "")
    listed = json.loads(protect("list", "--json")[1])
    assert (listed["name"], listed["state"], listed["expires"]) == ("Ann", "active", None)
    assert listed["consent"]["purpose"] == "tests"
    nobody = (0, "", "Nobody is due to be forgotten.\n")
    assert protect("due") == protect("due", "--json") == protect("forget", "--due") == nobody
    code, out, _ = protect("withdraw", "Ann")
    assert code == 0
    assert out.startswith("Ann  withdrawn  0 items  since 20")
    assert protect("due")[1] == out
    code, _, err = protect("forget", "--due")
    assert code == 2
    assert "--yes" in err
    assert protect("forget", "--due", "Ann")[0] == 2
    assert protect("forget", "--due", "--yes") == (0, "Ann: forgotten\n", "")
    empty = (0, "", "Nobody is enrolled, and there is no list of others.\n")
    assert protect("list") == protect("list", "--json") == empty
    actions = [line.split()[1] for line in protect("events")[1].splitlines()]
    assert actions == ["created", "enrolled", "withdrawn", "forgotten"]
    (ann / "events.sealed").unlink()
    removed = "No event is noted. Every store begins with one, so they were removed.\n"
    assert protect("events") == (0, "", removed)
    assert protect("verify") == (0, "0 people, 0 lists: ok\n", "")


def test_who_expired_is_said_so(protect: Command, ann: Path) -> None:
    import datetime as dt

    with opened(ann, KEY) as store:
        person = store.find("Ann")
        store.update(person.model_copy(update={"expires": dt.date(2020, 1, 2)}))
    assert "Ann  expired  0 items  since 2020-01-02; not looked for any more" in protect("list")[1]
    assert "Ann" in protect("due")[1]


def test_people_travel(protect: Command, ann: Path, tmp_path: Path) -> None:
    secret, parcel = tmp_path / "secret", tmp_path / "ann.people"
    secret.write_text("another horse\n")
    assert protect("export", "Ann", "-o", parcel)[0] == 2
    given = ("--export-passphrase-file", secret)
    assert protect("export", "Ann", "-o", parcel, *given) == (0, f"{parcel}\n", "")
    assert "already" in protect("import", parcel, *given)[2]
    assert "very person" in protect("import", parcel, *given, "--name", "Bo")[2]
    protect("forget", "Ann", "--yes")
    assert protect("import", parcel, *given, "--name", "Bo") == (0, "Bo  active  0 items\n", "")
    with opened(ann, KEY) as store:
        assert store.features(store.find("Bo")) == features(1)
    wrong = tmp_path / "wrong"
    wrong.write_text("no horse at all")
    code, _, err = protect("import", parcel, "--export-passphrase-file", wrong)
    assert code == 2
    assert "passphrase does not open" in err


def test_all_people_of_a_file_are_taken_in_or_none(protect: Command, ann: Path, tmp_path: Path) -> None:
    parcel, secret = tmp_path / "parcel", tmp_path / "secret"
    secret.write_text("another horse")
    given = ("--export-passphrase-file", secret)
    with opened(ann, KEY) as store:
        for number, name in ((2, "Bo"), (3, "Cy")):
            store.add(name, purpose="tests", features=features(number))
    assert protect("export", "Bo", "Cy", "-o", parcel, *given)[0] == 0
    with opened(ann, KEY) as store:
        store.forget(store.find("Bo"))
        store.update(store.find("Cy").model_copy(update={"name": "Cyd"}))
    assert "id is taken already" in protect("import", parcel, *given)[2]
    assert "Bo" not in protect("list")[1]
    protect("forget", "Cyd", "--yes")
    assert protect("import", parcel, *given) == (0, "Bo  active  0 items\nCy  active  0 items\n", "")
    assert protect("verify")[1] == "3 people, 0 lists: ok\n"


def test_nobody_leaves_unnoted(
    protect: Command, ann: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(log: EventLog, event: Event) -> None:
        raise StorageError(f"{log.path} cannot be written: No space left on device.")

    secret, folder = tmp_path / "secret", tmp_path / "out"
    secret.write_text("another horse")
    folder.mkdir()
    given = ("export", "Ann", "-o", folder / "ann.sealed", "--export-passphrase-file", secret)
    with monkeypatch.context() as broken:
        broken.setattr(EventLog, "append", full)
        assert protect(*given)[0] == 2
    assert list(folder.iterdir()) == []
    assert protect(*given)[0] == 0


def test_clear_and_different_errors(
    protect: Command, ann: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEWARDEN_PASSPHRASE", "wrong horse")
    wrong = protect("list")
    monkeypatch.setenv("FACEWARDEN_PASSPHRASE", PASSPHRASE)
    roll = ann / "roll.sealed"
    whole = roll.read_bytes()
    roll.write_bytes(whole[:-1])
    altered = protect("list")
    roll.write_bytes(whole)
    (ann / "key.json").rename(tmp_path / "key.json")
    lost = protect("list")
    absent = protect("list", "--people", tmp_path / "none")
    said = [err for code, out, err in (wrong, altered, lost, absent) if (code, out) == (2, "")]
    assert [
        part in err
        for part, err in zip(("does not open", "altered", "is gone", "no store"), said, strict=True)
    ] == [True] * 4


def test_lookups_end_where_the_store_says_so(protect: Command, ann: Path, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / name).write_bytes(b"nothing")
    assert protect("limit", "--burst", "2", "--per-hour", "1")[0] == 0
    assert json.loads(protect("limit", "--json")[1]) == {"burst": 2, "per_hour": 1.0, "left": 2}
    code, out, err = protect("match", *(tmp_path / name for name in ("a.jpg", "b.jpg", "c.jpg")), "--json")
    assert code == 2
    assert [json.loads(line)["reason"] for line in out.splitlines()] == [
        "not_media",
        "not_media",
        "rate_limited",
    ]
    assert "2 at once, 1 an hour" in err


def report(**changes: object) -> MatchReport:
    words = Sentence(id="match.outcome.nothing", params={}, text=Message("match.outcome.nothing").render())
    plain = MatchReport(path="x", sha256="0" * 64, media="photo", tier="none", sentence=words, facewarden="0")
    return plain.model_copy(update=changes)


@pytest.mark.parametrize(
    ("counts", "language", "words"),
    [
        (
            {"copy": 2, "lead": 1},
            "en",
            "3 files: 1 lead to a face swap, 2 copies.",
        ),
        ({"copy": 1}, "en", "1 file: 1 copy."),
        (
            {"nothing": 3, "error": 1, "face": 2, "review": 1, "inconclusive": 1},
            "en",
            "8 files: 2 with faces of enrolled people, 1 for a person to look at, 1 that could not be compared, "
            "1 that could not be looked up, 3 in which nothing was found.",
        ),
        ({"copy": 2, "lead": 1}, "zh", "3 个文件：1 条换脸线索、2 个副本。"),
        ({"copy": 2, "lead": 1}, "ko", "파일 3개: 얼굴 바꿔치기의 단서 1개, 사본 2개."),
    ],
)
def test_all_files_are_summed_up(counts: dict[str, int], language: str, words: str) -> None:
    assert summary_of(counts, language) == words


def test_every_outcome_is_summed_up() -> None:
    ids = {key.rpartition(".")[2] for key in catalogue("en") if key.startswith("match.outcome.")}
    assert set(OUTCOMES) == ids


def test_what_keypoints_could_settle() -> None:
    words = Sentence(id="x", params={}, text="x")
    near = CopyFound(
        person="0" * 32, name="Ann", item=1, kind="photo", tier="review", reason="near", sentence=words
    )
    second = near.model_copy(update={"kind": "clip"})
    sure = near.model_copy(update={"tier": "confirmed"})
    assert is_comparable(report(media="photo", tier="review", copies=[near]))
    assert not is_comparable(report(media="clip", tier="review", copies=[near])), "it compares photos"
    assert not is_comparable(report(media="photo", tier="review", copies=[second]))
    assert not is_comparable(report(media="photo", tier="confirmed", copies=[sure, near]))
    assert not is_comparable(report(media="photo", tier="review")), "lists hold no originals"


@pytest.mark.parametrize("language", ["en", "zh", "ko"])
def test_the_next_step_is_told_once_and_only_to_a_person(
    language: str, monkeypatch: pytest.MonkeyPatch, protect: Command, ann: Path, tmp_path: Path
) -> None:
    words = Sentence(id="match.outcome.review", params={}, text="x")
    near = CopyFound(
        person="0" * 32, name="Ann", item=1, kind="photo", tier="review", reason="near", sentence=words
    )
    seen = report(media="photo", tier="review", copies=[near], sentence=words)
    monkeypatch.setattr("facewarden.protect.matcher.PeopleMatcher.match", lambda *_, **__: seen)
    for name in ("a.png", "b.png"):
        Image.fromarray(scenery(1)).save(tmp_path / name)
    files = [tmp_path / "a.png", tmp_path / "b.png"]
    said = {
        more: "".join(protect("match", *files, "--lang", language, *more)[1:])
        for more in ((), ("--json",), ("--quiet",))
    }
    assert [text.count("facewarden protect compare") for text in said.values()] == [1, 0, 0]


def test_exit_codes() -> None:
    words = Sentence(id="x", params={}, text="x")
    near = CopyFound(
        person="0" * 32, name="Ann", item=1, kind="photo", tier="review", reason="near", sentence=words
    )
    review = report(tier="review", copies=[near])
    lead = report(tier="confirmed", copies=[near.model_copy(update={"tier": "confirmed"})], swap_lead=True)
    torn = report(not_checked=[Sentence(id="left_out.damaged_tail", params={}, text="x")])
    table = {
        "review": (0, 1, 1, 3, 3, 2),
        "confirmed": (0, 3, 1, 3, 3, 2),
        "swap": (0, 0, 1, 3, 3, 2),
        "never": (0, 0, 0, 3, 3, 2),
    }
    cases = (report(), review, lead, report(abstained=True), torn, report(error="no", abstained=True))
    for fail_on, codes in table.items():
        assert tuple(exit_code_of(case, fail_on=fail_on) for case in cases) == codes

"""``facewarden case``: notices, pages and help lines, with a vault and without."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import fabricated
from facewarden.cli.main import run
from facewarden.messages import say
from facewarden.vault import vault as vaults
from tests.vault.making import KEY, PASSPHRASE, make

Command = Callable[..., tuple[int, str, str]]
NUMBER = "FW-2026-000001"
URL = "https://example.com/a"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACEWARDEN_VAULT", str(tmp_path / "vault"))
    monkeypatch.setenv("FACEWARDEN_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("FACEWARDEN_ACTOR", "ann")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return make(tmp_path / "vault")


@pytest.fixture
def number(home: Path, tmp_path: Path) -> str:
    """The case of a picture in the vault."""
    path = tmp_path / "secret-name.png"
    picture = Image.linear_gradient("L").resize((300, 200))
    picture.paste(Image.radial_gradient("L").resize((120, 120)), (90, 40))
    picture.convert("RGB").save(path)
    with vaults.opened(home, KEY) as opened:
        return opened.quarantine(path, actor="ann", reason="forged").number


@pytest.fixture
def case(capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """Run ``facewarden case ...``; (exit code, stdout, stderr)."""

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capfdbinary.readouterr()
        code = run(["case", *map(str, arguments)])
        told = capfdbinary.readouterr()
        return code, told.out.decode(), told.err.decode()

    return call


def entries(home: Path, number: str) -> list[str]:
    with vaults.opened(home, KEY) as opened:
        return [entry.content.action for entry in opened.case(number).entries]


def report_of(home: Path, number: str, path: Path) -> Path:
    with vaults.opened(home, KEY) as opened:
        sha256 = opened.facts(number).sha256
    report = fabricated.photo_report("en").model_copy(update={"sha256": sha256})
    path.write_text(report.model_dump_json(), "utf-8")
    return path


def test_a_notice_from_a_vault_is_logged_with_its_digest(
    case: Command, home: Path, number: str, tmp_path: Path
) -> None:
    to = tmp_path / "n.txt"
    report = report_of(home, number, tmp_path / "r.json")
    code, out, err = case(
        "notice", number, "--kind", "platform", "--lang", "ko", "--country", "KR", "--url", URL,
        "--report", report, "-o", to,
    )  # fmt: skip
    assert (code, out) == (0, f"{to}\n")
    assert "Let a lawyer or a help line confirm" in err
    written = to.read_text("utf-8")
    assert number in written
    assert URL in written
    assert "secret-name" not in written
    assert say("report.one_check", "ko") in written
    with vaults.opened(home, KEY) as opened:
        last = opened.case(number).last.content
    assert last.action == "notice.made"
    assert last.details == {
        "what": "notice.platform.ko.txt",
        "sha256": hashlib.sha256(to.read_bytes()).hexdigest(),
    }
    assert "evidence.read" not in entries(home, number)


def test_hashes_are_computed_when_asked_for_and_the_reading_is_logged(
    case: Command, home: Path, number: str, tmp_path: Path
) -> None:
    to = tmp_path / "n.md"
    code, out, _ = case("notice", number, "--kind", "police", "--hashes", "--json", "-o", to)
    assert code == 0
    assert json.loads(out)["path"] == str(to)
    written = to.read_text("utf-8")
    assert "MD5: `" in written
    assert "PDQ" in written.split("## When")[1]
    assert entries(home, number)[-2:] == ["evidence.read", "notice.made"]


def test_a_notice_without_a_vault_needs_a_report(case: Command, tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    report.write_text(fabricated.clip_report("en").model_dump_json(), "utf-8")
    code, _, err = case(
        "notice", "--kind", "school", "--report", report, "--lang", "zh", "-o", tmp_path / "n.html"
    )
    assert (code, err) == (0, "")
    assert say("notice.school.title", "zh") in (tmp_path / "n.html").read_text("utf-8")
    assert case("notice", "--kind", "school", "-o", tmp_path / "m.txt")[0] == 2
    code, _, err = case(
        "notice", "--kind", "school", "--report", report, "--hashes", "-o", tmp_path / "m.txt"
    )
    assert code == 2
    assert "--hashes needs the number of a case" in err
    assert not (tmp_path / "m.txt").exists()


def test_what_cannot_be_is_refused_before_anything_is_logged(
    case: Command, home: Path, number: str, tmp_path: Path
) -> None:
    to = tmp_path / "n.txt"
    other = tmp_path / "other.json"
    other.write_text(fabricated.clip_report("en").model_dump_json(), "utf-8")
    for arguments, why in (
        (["--url", "javascript:alert(1)", "-o", to], "begins with http"),
        (["--country", "Korea", "-o", to], "two letters"),
        (["--report", other, "-o", to], "no report on the file of this case"),
        (["-o", tmp_path / "n.doc"], "The name of the file says"),
        (["--first-seen", "yesterday", "-o", to], "is no time with its zone"),
        (["--first-seen", "2026-11-26T10:00", "-o", to], "is no time with its zone"),
        (["--zone", "Mars", "-o", to], "is no time zone"),
        (["-o", tmp_path / "none" / "n.txt"], "could not be stored"),
    ):
        code, _, err = case("notice", number, "--kind", "police", *arguments)
        assert (code, why in err) == (2, True), err
    to.write_text("signed")
    assert case("notice", number, "--kind", "police", "-o", to)[0] == 2
    assert to.read_text() == "signed"
    assert entries(home, number) == ["quarantine.begun", "quarantine.done"]


def test_a_page_holds_the_picture_only_when_asked_for_with_a_warning(
    case: Command, home: Path, number: str, tmp_path: Path
) -> None:
    assert case("page", number, "-o", tmp_path / "a.html") == (0, f"{tmp_path / 'a.html'}\n", "")
    assert "<img" not in (tmp_path / "a.html").read_text("utf-8")
    code, _, err = case("page", number, "--with-picture", "-o", tmp_path / "b.html")
    assert code == 0
    assert "holds the picture, not encrypted" in err
    assert "data:image/jpeg;base64," in (tmp_path / "b.html").read_text("utf-8")
    assert entries(home, number)[2:] == ["notice.made", "evidence.read", "notice.made"]
    code, _, err = case("page", number, "--with-picture", "-o", tmp_path / "c.pdf")
    assert (code, "Only HTML can hold the picture" in err) == (2, True)


def test_a_destroyed_case_still_has_its_page_and_notice(
    case: Command, home: Path, number: str, tmp_path: Path
) -> None:
    with vaults.opened(home, KEY) as opened:
        opened.destroy(number, actor="ann", reason="old", confirmation=number)
    assert case("page", number, "--country", "CN", "-o", tmp_path / "a.html")[0] == 0
    assert say("case.state.destroyed", "en") in (tmp_path / "a.html").read_text("utf-8")
    assert case("notice", number, "--kind", "police", "-o", tmp_path / "a.txt")[0] == 0
    code, _, err = case("notice", number, "--kind", "police", "--hashes", "-o", tmp_path / "b.txt")
    assert (code, "was destroyed" in err) == (2, True)
    assert vaults.faults_of(home, KEY) == ()


def test_help_lines(case: Command) -> None:
    code, out, err = case("help-lines", "--country", "kr", "--lang", "ko")
    assert (code, err) == (0, "")
    assert out.index("1366") < out.index("StopNCII")
    assert say("case.help.intro", "ko") in out
    listed = [json.loads(line) for line in case("help-lines", "--country", "KR", "--json")[1].splitlines()]
    assert {entry["country"] for entry in listed} == {"KR", "*"}
    assert all(entry["sources"] and entry["checked"] for entry in listed)
    assert case("help-lines", "--country", "Korea")[0] == 2


def test_the_report_that_was_kept_is_taken_where_none_is_named(
    case: Command, home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"\xff\xd8 a picture of nobody")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    report = fabricated.photo_report("en").model_copy(update={"sha256": sha256})
    with vaults.opened(home, KEY) as opened:
        taken = opened.quarantine(path, actor="ann", reason="r", report=report.model_dump_json().encode())
        path = tmp_path / "other.jpg"
        path.write_bytes(b"other")
        other = opened.quarantine(path, actor="ann", reason="r", report=report.model_dump_json().encode())
        path = tmp_path / "b.jpg"
        path.write_bytes(b"another")
        strange = opened.quarantine(path, actor="ann", reason="r", report=b"{}")
    none = say("case.check.none", "en")
    for form in ("page.txt", "notice.txt"):
        words = ("page",) if form == "page.txt" else ("notice", "--kind", "police")
        code, _, _ = case(words[0], taken.number, *words[1:], "--lang", "en", "-o", tmp_path / form)
        assert code == 0
        written = " ".join((tmp_path / form).read_text().split())
        assert none not in written
        assert say("case.check.by", "en", version=report.versions.facewarden) in written
    for number, why in ((other.number, "is of another file"), (strange.number, "by another version")):
        code, _, err = case("page", number, "-o", tmp_path / "x.txt")
        assert (code, why in err) == (2, True)


def test_a_file_that_could_not_be_read_has_a_page_that_says_so(
    case: Command, home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"no picture")
    report = fabricated.failed_report()
    assert report.sha256 is None
    with vaults.opened(home, KEY) as opened:
        taken = opened.quarantine(path, actor="ann", reason="r", report=report.model_dump_json().encode())
    code, _, err = case("page", taken.number, "--lang", "en", "-o", tmp_path / "page.txt")
    assert code == 0, err
    written = " ".join((tmp_path / "page.txt").read_text().split())
    assert say("case.check.none", "en") not in written

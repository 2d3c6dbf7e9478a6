"""The whole command within this process; what a check finds is made up by a stand-in for the checker."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from facewarden.cli.main import run
from facewarden.errors import ModelError
from facewarden.media.limits import Limits
from facewarden.report.model import Level, Report
from facewarden.report.schema import across_schema, report_schema
from tests.fabricated import (
    clear_report,
    clip_report,
    faceless_report,
    failed_report,
    named_report,
    photo_report,
)

MAKERS: dict[str, Callable[..., Report]] = {
    "clear": clear_report,
    "likely": clip_report,
    "faceless": faceless_report,
    "broken": failed_report,
    "named": named_report,
    "again": named_report,
}


class StandIn:
    """Judges a file by its name."""

    made: dict[str, Any]
    """What the last one was made with."""

    def __init__(self, **options: Any) -> None:
        type(self).made = options
        self._language = options["language"]

    def check(
        self, path: str | Path, *, hook: Callable[[str, float], None], name: str | None = None
    ) -> Report:
        hook(str(path), 0.5)
        kind = Path(path).stem if name is None else Path(path).read_text()
        if kind in ("named", "again"):
            # Nothing in it reaches a level: what the exit code says, it says of the files together.
            named = named_report(self._language).model_copy(
                update={"path": str(path), "sha256": ("3f" if kind == "named" else "4e") * 32}
            )
            return named.model_copy(update={"level": Level.NO_SIGN})
        if kind == "weak":
            return photo_report(self._language, level=Level.WEAK, path=name or str(path))
        if kind == "model":
            raise ModelError("A model file is missing.")
        if kind == "surprise":
            raise ZeroDivisionError("secret detail")
        return MAKERS[kind](self._language, path=name or str(path))


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type[StandIn]:
    monkeypatch.setattr("facewarden.checker.Checker", StandIn)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    for kind in (*MAKERS, "weak", "model", "surprise"):
        (tmp_path / f"{kind}.jpg").write_text("not looked at")
    return StandIn


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["clear.jpg"], 0),
        (["likely.jpg"], 1),
        (["weak.jpg"], 0),
        (["weak.jpg", "--fail-on", "weak"], 1),
        (["likely.jpg", "--fail-on", "very_likely"], 0),
        (["likely.jpg", "--fail-on", "never"], 0),
        (["faceless.jpg"], 3),
        (["broken.jpg"], 2),
        (["likely.jpg", "broken.jpg"], 2),
        (["likely.jpg", "faceless.jpg"], 1),
        (["clear.jpg", "faceless.jpg"], 3),
        (["faceless.jpg", "broken.jpg", "--fail-on", "never"], 2),
        (["model.jpg"], 2),
        (["surprise.jpg"], 2),
        ([], 2),
        (["clear.jpg", "--fast", "--thorough"], 2),
        (["clear.jpg", "--quiet", "--verbose"], 2),
        (["clear.jpg", "--reveal"], 2),
        (["clear.jpg", "--lang", "xx"], 2),
        (["clear.jpg", "--max-bytes", "0"], 2),
        (["clear.jpg", "--no-such-option"], 2),
    ],
)
def test_exit_codes(arguments: list[str], code: int) -> None:
    assert run(["check", *arguments]) == code


def test_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--json", "clear.jpg", "broken.jpg", "likely.jpg"]) == 2
    found = lines(capsys)
    assert [each["path"] for each in found] == ["clear.jpg", "broken.jpg", "likely.jpg"]
    validator = jsonschema.Draft202012Validator(report_schema())
    for each in found:
        validator.validate(each)


def test_data_on_stdout_and_words_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    run(["check", "likely.jpg", "broken.jpg"])
    said = capsys.readouterr()
    assert "likely manipulated" in said.out
    assert said.err.splitlines() == [
        "[1/2] likely.jpg: likely manipulated",
        "[2/2] broken.jpg: The file is neither a picture nor a video. Please check that you named the right one.",
    ]


def test_quiet_says_only_what_went_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    run(["check", "-q", "likely.jpg", "broken.jpg", "--html", "page.html"])
    assert capsys.readouterr().err.splitlines() == [
        "broken.jpg: The file is neither a picture nor a video. Please check that you named the right one."
    ]


def test_languages(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    run(["check", "clear.jpg"])
    assert "얼굴이 조작된 흔적을 찾지 못했습니다" in capsys.readouterr().out
    run(["check", "clear.jpg", "--lang", "zh"])
    assert "并不能证明" in capsys.readouterr().out


def test_outputs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--html", "page.html", "--sarif", "found.sarif", "-o", "results.jsonl", "--json"]
    assert run(["check", "likely.jpg", "clear.jpg", *arguments]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert {"Written: page.html", "Written: found.sarif", "Written: results.jsonl"} <= set(
        said.err.splitlines()
    )
    assert len((tmp_path / "results.jsonl").read_text("utf-8").splitlines()) == 2
    page = (tmp_path / "page.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "data:image/jpeg" not in page
    assert (
        json.loads((tmp_path / "found.sarif").read_text("utf-8"))["runs"][0]["results"][0]["level"]
        == "warning"
    )
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]


def test_pictures_only_where_asked_for(tmp_path: Path, stand_in: type[StandIn]) -> None:
    run(["check", "likely.jpg", "--html", "page.html", "--reveal"])
    assert stand_in.made["pictures"] is True
    assert "data:image/jpeg" in (tmp_path / "page.html").read_text("utf-8")
    run(["check", "likely.jpg", "--html", "page.html"])
    assert stand_in.made["pictures"] is False
    assert "data:image/jpeg" not in (tmp_path / "page.html").read_text("utf-8")


def test_the_result_to_read_goes_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "likely.jpg", "-o", "result.txt"]) == 1
    assert capsys.readouterr().out == ""
    assert "Person 1 · likely manipulated" in (tmp_path / "result.txt").read_text("utf-8")


def test_options_reach_the_checker(stand_in: type[StandIn]) -> None:
    run(["check", "clear.jpg", "--thorough", "--small-faces", "--max-bytes", "1MB", "--max-pixels", "2MP"])
    assert stand_in.made["effort"] == "thorough"
    assert stand_in.made["small_faces"] is True
    limits = stand_in.made["limits"]
    assert (limits.max_bytes, limits.max_photo_pixels, limits.max_clip_pixels) == (
        10**6,
        2 * 10**6,
        2 * 10**6,
    )
    run(["check", "clear.jpg", "--fast", "--max-duration", "15m"])
    assert stand_in.made["effort"] == "fast"
    assert stand_in.made["limits"] == Limits(max_duration_s=900)


def test_outputs_are_tried_before_the_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "likely.jpg", "--html", "absent/page.html", "-o", "result.txt"]) == 2
    said = capsys.readouterr()
    assert said.err == (
        "facewarden: absent/page.html cannot be written: No such file or directory. "
        "Please choose another place.\n"
    )
    assert not (tmp_path / "result.txt").exists()


def test_an_output_never_overwrites_what_is_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", "clear.jpg", "-o", "./clear.jpg"]) == 2
    assert "is one of the files to be checked" in capsys.readouterr().err
    assert (tmp_path / "clear.jpg").read_text() == "not looked at"
    assert run(["check", "clear.jpg", "-o", "x", "--html", "./x"]) == 2
    assert "Two outputs name the same file" in capsys.readouterr().err


def test_the_unexpected_costs_one_file_and_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--json", "surprise.jpg", "likely.jpg"]) == 2
    said = capsys.readouterr()
    assert [json.loads(line)["reason"] for line in said.out.splitlines()] == ["error", None]
    first, second = said.err.splitlines()
    assert first.startswith(
        "[1/2] surprise.jpg: Something unexpected went wrong (ZeroDivisionError). Please report"
    )
    assert second.startswith("[2/2] likely.jpg")
    assert "secret detail" not in said.out + said.err


def test_a_broken_installation_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "model.jpg", "likely.jpg", "--html", "page.html"]) == 2
    assert capsys.readouterr().err == "facewarden: A model file is missing.\n"
    assert not Path("page.html").exists()


def test_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"clear")))
    assert run(["check", "--json", "-"]) == 0
    assert [each["path"] for each in lines(capsys)] == ["-"]


def test_too_much_on_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = io.BytesIO(b"x" * 5_000_000)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(pipe))
    assert run(["check", "--json", "-", "--max-bytes", "10kB"]) == 2
    assert [each["reason"] for each in lines(capsys)] == ["too_many_bytes"]
    assert pipe.tell() <= 1 << 20


def test_names_from_strangers_cannot_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stand_in: type[StandIn]
) -> None:
    folder = tmp_path / "\x1b[31m\nred"
    folder.mkdir()
    (folder / "likely.jpg").write_text("")
    (folder / "broken.jpg").write_text("")
    run(["check", str(folder)])
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
    assert len(said.err.splitlines()) == 2
    run(["check", "--json", str(folder)])
    assert {each["path"] for each in lines(capsys)} == {
        str(folder / "likely.jpg"),
        str(folder / "broken.jpg"),
    }


def test_verbose_adds_the_traceback(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    run(["check", "surprise.jpg", "--verbose"])
    assert "ZeroDivisionError: secret detail" in caplog.text


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("facewarden ")


def test_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == report_schema()
    assert run(["schema", "--across"]) == 0
    assert json.loads(capsys.readouterr().out) == across_schema()


def test_people_are_looked_for_only_when_they_are_named(
    stand_in: type[StandIn], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[tuple[Path, Path | None]] = []

    def known_people(store: Path, *, passphrase_file: Path | None = None) -> str:
        opened.append((store, passphrase_file))
        return "the people"

    monkeypatch.setattr("facewarden.cli.session.known_people", known_people)
    assert run(["check", "clear.jpg", "--quiet"]) == 0
    assert (opened, "people" in stand_in.made) == ([], False)
    assert run(["check", "clear.jpg", "--quiet", "--people", "store", "--passphrase-file", "word.txt"]) == 0
    assert opened == [(Path("store"), Path("word.txt"))]
    assert stand_in.made["people"] == "the people"


def test_a_passphrase_without_a_store_is_refused() -> None:
    assert run(["check", "clear.jpg", "--passphrase-file", "word.txt"]) == 2


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr("facewarden.cli.session.known_people", lambda *_, **__: "the people")
    return ["--people", "store"]


def test_the_same_person_in_two_files_is_told_at_the_end(
    store: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", "named.jpg", "again.jpg", *store]) == 0
    said = capsys.readouterr()
    assert "Ada is probably seen in 2 of 2 files." in said.out
    assert "At the same time" not in said.out
    assert run(["check", "named.jpg", *store]) == 0
    assert "probably seen in" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["named.jpg", "again.jpg"], 1),
        (["named.jpg", "again.jpg", "--fail-on", "never"], 0),
        (["named.jpg", "again.jpg", "broken.jpg"], 2),
        (["named.jpg", "clear.jpg"], 3),
        (["named.jpg"], 2),
    ],
)
def test_exit_codes_of_streams_of_one_call(store: list[str], arguments: list[str], code: int) -> None:
    assert run(["check", *arguments, *store, "--together"]) == code


def test_streams_need_people() -> None:
    assert run(["check", "named.jpg", "again.jpg", "--together"]) == 2


def test_the_last_line_of_json_is_of_the_files_together(
    store: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["check", "--json", "named.jpg", "again.jpg", *store, "--together"]) == 1
    said = capsys.readouterr()
    *reports, across = [json.loads(line) for line in said.out.splitlines()]
    jsonschema.Draft202012Validator(across_schema()).validate(across)
    assert ([each["path"] for each in reports], across["kind"]) == (
        ["named.jpg", "again.jpg"],
        "across_files",
    )
    assert across["warning"]
    assert said.err.splitlines()[-1].startswith("At the same time Ada is probably seen in 2 of the streams")
    run(["check", "--json", "-q", "named.jpg", "again.jpg", *store, "--together"])
    assert capsys.readouterr().err == ""
    # Who reads reports passes over it.
    (tmp_path / "reports.jsonl").write_text(said.out)
    assert run(["policy", "test", "reports.jsonl", "--json"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_page_and_sarif_tell_it_too(store: list[str], tmp_path: Path) -> None:
    run(
        [
            "check",
            "named.jpg",
            "again.jpg",
            *store,
            "--together",
            "--html",
            "p.html",
            "--sarif",
            "p.sarif",
            "-q",
        ]
    )
    for name in ("p.html", "p.sarif"):
        assert "At the same time Ada is probably seen" in (tmp_path / name).read_text("utf-8")

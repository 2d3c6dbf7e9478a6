from __future__ import annotations

import io
import unicodedata

import pytest

import fabricated
from facewarden.messages import LANGUAGES, say
from facewarden.report.model import Report
from facewarden.report.terminal import FEW, show_reports, terminal_text

WIDTHS = (60, 80, 120)


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_wider_than_the_terminal(language: str, width: int) -> None:
    for reports in ([fabricated.clip_report(language)], fabricated.folder(language)):
        text = terminal_text(reports, language=language, width=width)
        assert [line for line in text.splitlines() if columns(line) > width] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_block_says_verdict_rate_people_times_cues_and_what_was_left_out(language: str) -> None:
    text = terminal_text([fabricated.clip_report()], language=language, width=500)
    for sentence in (
        say("verdict.clip.likely", language),
        say("report.fpr_clip", language, of="100"),
        say("report.one_check", language),
        say("report.person", language, person=2),
        say("level.name.no_sign", language),
        say("cue.resolution_mismatch.softer", language),
        say("abstain.one_embedding_only", language),
        say("left_out.sound", language),
        say("cue.provenance.c2pa_none", language),
        "91%", "0:04–0:07", "0:14–0:17", "1280×720",
    ):  # fmt: skip
        assert sentence in text, sentence


def test_a_block_of_an_error_says_why_and_nothing_else() -> None:
    text = terminal_text([fabricated.failed_report()], width=200)
    assert len(text.splitlines()) == 4
    assert say("error.not_media") in text


@pytest.mark.parametrize("width", WIDTHS)
def test_many_files_make_a_table_with_every_name_in_full(width: int) -> None:
    reports = fabricated.folder()
    assert len(reports) > FEW
    text = terminal_text(reports, width=width)
    packed = "".join(text.split())
    for report in reports:
        assert report.path.split("/")[0].replace(" ", "") in packed
    assert text.index("portrait.jpg") < text.index("from-a-friend.mp4") < text.index("holiday.heic")
    assert ">99%" in text
    assert "6files:3flagged,1withoutajudgement,1notchecked,1withoutasign." in packed


def test_an_alarm_in_a_table_states_its_rate() -> None:
    text = terminal_text(fabricated.folder(), width=300)
    assert "likely manipulated: At this level, about 1 in 100 genuine videos would be flagged too." in text


def test_a_table_without_alarms_gives_no_rates() -> None:
    text = terminal_text([fabricated.clear_report(path=f"{n}.jpg") for n in range(5)], width=200)
    assert "flagged too" not in text


@pytest.mark.parametrize("count", [1, 6])
def test_hostile_names_neither_style_nor_move(count: int) -> None:
    report = fabricated.clip_report(path="[red]x[/red]\x1b[2J\r:smile:.mp4")
    text = terminal_text([report] * count, width=200)
    assert "[red]x[/red]\ufffd[2J\ufffd:smile:.mp4" in text
    assert "\x1b" not in text


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(reports: list[Report], stream: io.StringIO) -> str:
    show_reports(reports, language="en", stream=stream)
    return stream.getvalue()


def test_colour_only_on_a_terminal_that_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    reports = [fabricated.clip_report()]
    assert "\x1b" not in shown(reports, io.StringIO())
    assert "\x1b[1" in shown(reports, Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not any(f"\x1b[{code}m" in shown(reports, Terminal()) for code in ("31", "91", "1;91", "36"))


def test_a_stream_that_cannot_write_the_language_does_not_break() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    show_reports([fabricated.clip_report("zh")], language="zh", stream=stream)
    stream.flush()
    stream.seek(0)
    assert "from-a-friend.mp4" in stream.read()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_face_that_resembles_somebody_bears_the_name(language: str) -> None:
    text = terminal_text([fabricated.named_report(name="Ada B.")], language=language, width=500)
    for sentence in (
        say("resemblance.probably_swapped", language, name="Ada B.", distance="0.31", of="500"),
        say("resemblance.at_once", language, faces=1),
        say("resemblance.nobody", language, people=2),
        say("resemblance.not_compared", language),
    ):
        assert sentence in text, sentence


def test_nobody_is_named_unless_people_were() -> None:
    assert "resembles" not in terminal_text([fabricated.clip_report()], width=500)


def test_a_hostile_name_neither_styles_nor_moves() -> None:
    text = terminal_text([fabricated.named_report(name="[red]x\x1b[2J\u202e")], width=500)
    assert "[red]x\ufffd[2J\ufffd" in text
    assert "\x1b" not in text

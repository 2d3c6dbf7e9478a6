from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.lab.bench.markdown import Slot, interval, table
from facewarden.lab.bench.metrics import UNKNOWN, Interval

SLOT = Slot("bench", "Benchmarks")


def test_marks_name_their_command() -> None:
    assert SLOT.begin == "<!-- bench: the text from here on is written by `facewarden lab bench --write` -->"
    assert SLOT.end == "<!-- bench: end of the written text -->"


def test_slots_of_several_commands_share_a_page(tmp_path: Path) -> None:
    other, page = Slot("study", "Study"), tmp_path / "page.md"
    page.write_text(f"{SLOT.begin}\n{SLOT.end}\n{other.begin}\n{other.end}\n")
    other.write("tables", page)
    SLOT.write("figures", page)
    assert page.read_text() == (
        f"{SLOT.begin}\n\nfigures\n{SLOT.end}\n{other.begin}\n\ntables\n{other.end}\n"
    )


def test_a_page_that_is_not_there_is_begun(tmp_path: Path) -> None:
    SLOT.write("tables", tmp_path / "new" / "page.md")
    assert (tmp_path / "new" / "page.md").read_text() == (
        f"# Benchmarks\n\n{SLOT.begin}\n\ntables\n{SLOT.end}\n"
    )


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_what_is_no_text_is_said(tmp_path: Path, content: bytes | None) -> None:
    page = tmp_path / "page.md"
    if content is None:
        page.mkdir()
    else:
        page.write_bytes(content)
    with pytest.raises(UsageError, match="cannot be read as text"):
        SLOT.surroundings(page)


def test_numbers_and_tables() -> None:
    assert interval(UNKNOWN) == "–"
    assert interval(Interval(0.5, 0.25, 0.75), digits=1) == "0.5 [0.2, 0.8]"
    assert list(table(("a", "long"), [("wide", "b")])) == [
        "| a    | long |", "|------|------|", "| wide | b    |",
    ]  # fmt: skip

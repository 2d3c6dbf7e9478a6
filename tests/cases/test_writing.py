"""A document appears new and whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.cases.kinds import Kind
from facewarden.cases.notices import Wishes, notice
from facewarden.cases.writing import Format, format_of, new_file, written
from facewarden.errors import StorageError, UsageError
from tests.cases.making import BARE, NOW, setting


def test_the_name_says_the_format() -> None:
    assert [format_of(Path(name)) for name in ("a.txt", "a.MD", "a.htm", "a.html", "a.pdf")] == [
        Format.TEXT,
        Format.MARKDOWN,
        Format.HTML,
        Format.HTML,
        Format.PDF,
    ]
    with pytest.raises(UsageError, match=r"one of \.txt"):
        format_of(Path("a.doc"))


def test_each_format_is_another_view_of_the_same() -> None:
    document = notice(Kind.SCHOOL, BARE, None, setting(), Wishes())
    starts = {
        Format.TEXT: b"To the school",
        Format.MARKDOWN: b"# To the school",
        Format.HTML: b"<!doctype html>",
    }
    for form, start in starts.items():
        assert written(document, form, made_at=NOW).lstrip().startswith(start)


def test_it_appears_when_the_block_has_ended_well(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with new_file(target, b"x"):
        assert not target.exists()
    assert target.read_bytes() == b"x"
    assert target.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [target]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_bytes(b"signed")
    with pytest.raises(UsageError, match="There is something at"), new_file(target, b"x"):
        pass
    target.unlink()
    with pytest.raises(UsageError, match="Something appeared"), new_file(target, b"x"):
        target.write_bytes(b"signed")
    assert target.read_bytes() == b"signed"
    assert list(tmp_path.iterdir()) == [target]


def test_nothing_is_left_when_the_block_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), new_file(tmp_path / "a.txt", b"x"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StorageError), new_file(tmp_path / "none" / "a.txt", b"x"):
        pytest.fail("it must not be entered")

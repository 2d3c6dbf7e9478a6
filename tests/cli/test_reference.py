from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from facewarden.cli.reference import help_text, renewed

DOCUMENT = Path(__file__).parents[2] / "docs" / "cli.md"


def test_the_document_is_current(tmp_path: Path) -> None:
    """In a process of its own: a command that ever ran without those above it keeps its help as it was then."""
    copy = tmp_path / "cli.md"
    shutil.copy(DOCUMENT, copy)
    subprocess.run([sys.executable, "-m", "facewarden.cli.reference", copy], check=True)
    assert copy.read_text("utf-8") == DOCUMENT.read_text("utf-8"), (
        "run: python -m facewarden.cli.reference docs/cli.md"
    )


def test_an_outdated_block_is_renewed() -> None:
    old = "before\n<!-- help: facewarden schema -->\n```text\nold\n```\nafter\n"
    new = renewed(old)
    assert new.startswith("before\n<!-- help: facewarden schema -->\n```text\nUsage: facewarden schema")
    assert new.endswith("\n```\nafter\n")
    assert "old" not in new


def test_help_of_nested_commands() -> None:
    assert help_text(["models", "verify"]).startswith("Usage: facewarden models verify")


def test_unknown_commands_are_refused() -> None:
    with pytest.raises(KeyError, match="models nonsense"):
        help_text(["models", "nonsense"])

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from facewarden.cli.passphrase import VARIABLE, chosen, passphrase
from facewarden.errors import UsageError


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def test_a_file_goes_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "from the environment")
    (tmp_path / "file").write_bytes("은지 \r\nmore\n".encode())
    assert passphrase(tmp_path / "file") == "은지 "
    assert passphrase(None) == "from the environment"


def test_files_that_cannot_be_used_are_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        passphrase(tmp_path / "none")
    (tmp_path / "file").write_bytes(b"\xff\n")
    with pytest.raises(UsageError, match="no text in UTF-8"):
        passphrase(tmp_path / "file")


def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("typed"))
    with pytest.raises(UsageError, match="no terminal to ask at"):
        passphrase(None)
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="no terminal to ask at"):
        passphrase(None)


def test_a_new_one_is_never_the_one_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "the old one")
    (tmp_path / "file").write_text("the new one\n")
    assert chosen(tmp_path / "file") == "the new one"
    monkeypatch.setattr(sys, "stdin", io.StringIO("typed"))
    with pytest.raises(UsageError, match="Use --new-passphrase-file"):
        chosen(None)

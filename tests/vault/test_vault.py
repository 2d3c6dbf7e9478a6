"""A vault is made whole or not at all, and opened by whom it belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.errors import StorageError, TamperedError, UsageError, WrongPassphraseError
from facewarden.sealed.key_file import open_key
from facewarden.sealed.keys import MasterKey
from facewarden.vault import vault
from tests.vault.making import KEY, PASSPHRASE, make


def test_a_new_vault_is_sound_and_closed_to_others(tmp_path: Path) -> None:
    home = make(tmp_path / "new" / "vault")
    assert home.stat().st_mode & 0o077 == 0
    assert vault.faults_of(home, KEY) == ()
    assert list(home.parent.iterdir()) == [home]
    assert open_key(home / "key.json", passphrase=lambda: PASSPHRASE) == KEY
    with pytest.raises(WrongPassphraseError):
        open_key(home / "key.json", passphrase=lambda: "something else")


def test_an_empty_folder_may_become_one_and_a_full_one_may_not(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    make(tmp_path / "empty")
    with pytest.raises(UsageError, match="There is something in"):
        make(tmp_path / "empty")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="There is something in"):
        make(tmp_path / "file")
    with pytest.raises(StorageError):
        make(tmp_path / "file" / "inner")


def test_a_key_that_cannot_be_kept_leaves_no_vault(tmp_path: Path) -> None:
    def refuse(_: Path) -> None:
        raise UsageError("no key ring")

    with pytest.raises(UsageError, match="no key ring"):
        vault.create(tmp_path / "v", KEY, refuse, actor="ann")
    assert list(tmp_path.iterdir()) == []


def test_no_vault_is_said_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="facewarden vault init"), vault.opened(tmp_path, KEY):
        pass
    assert list(tmp_path.iterdir()) == []


def test_another_key_does_not_open_it(home: Path) -> None:
    with (
        pytest.raises(TamperedError, match="not that of this master key"),
        vault.opened(home, MasterKey.new()),
    ):
        pass


def test_who_has_it_open_has_it_alone(home: Path, opened: vault.Vault) -> None:
    with pytest.raises(UsageError, match="Another process is at work"), vault.opened(home, KEY, wait_s=0.1):
        pass
    with pytest.raises(UsageError, match="Another process is at work"):
        vault.faults_of(home, KEY, wait_s=0.1)


@pytest.mark.parametrize("actor", ["", " ", "x" * 201])
def test_nobody_does_nothing(opened: vault.Vault, picture: Path, actor: str) -> None:
    with pytest.raises(UsageError, match="Say who does this"):
        opened.quarantine(picture, actor=actor, reason="r")
    assert b"a picture" in picture.read_bytes()


def test_the_folder_is_the_user_s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(vault.VARIABLE, str(tmp_path / "named"))
    assert vault.default_folder() == tmp_path / "named"
    monkeypatch.delenv(vault.VARIABLE)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert vault.default_folder() == tmp_path / "facewarden" / "vault"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert vault.default_folder() == tmp_path / ".local" / "share" / "facewarden" / "vault"

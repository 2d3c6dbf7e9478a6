from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import StorageError, UsageError
from facewarden.vault.place import beside, holds, opened, path_of, settled, spelled

SHA256 = hashlib.sha256(b"content").hexdigest()


@given(st.binary(min_size=1).filter(lambda name: not set(name) & {0, ord("/")}))
def test_every_name_has_a_spelling_that_json_can_hold(name: bytes) -> None:
    path = Path(os.fsdecode(b"/folder/" + name))
    spelled(path).encode()
    assert path_of(spelled(path)) == path


def test_links_are_followed_in_the_folder_only(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "short").symlink_to("real")
    (tmp_path / "real" / "link").symlink_to("nowhere")
    assert settled(tmp_path / "short" / "link") == tmp_path.resolve() / "real" / "link"
    for path in (tmp_path / "none" / "a", Path("/"), tmp_path / ".."):
        with pytest.raises(UsageError):
            settled(path)


def test_whether_a_place_holds_a_content(tmp_path: Path) -> None:
    path = tmp_path / "a"
    assert not holds(path, SHA256, 7)
    path.write_bytes(b"content")
    assert holds(path, SHA256, 7)
    path.write_bytes(b"CONTENT")
    assert not holds(path, SHA256, 7)
    (tmp_path / "b").write_bytes(b"content")
    path.unlink()
    path.symlink_to("b")
    assert not holds(path, SHA256, 7)
    with pytest.raises(StorageError, match="Mount or restore it"):
        holds(tmp_path / "none" / "a", SHA256, 7)


def test_a_file_that_is_written_to_is_no_longer_the_same(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    with opened(tmp_path / "a") as source:
        assert source.read(100) == b"content"
        assert source.same()
        with (tmp_path / "a").open("ab") as file:
            file.write(b"x")
        assert not source.same()


def test_hidden_names_tell_case_and_vault() -> None:
    name = beside(Path("/desk/a.jpg"), "FW-2026-000001", "ab" * 16, "original")
    assert name == Path("/desk/.FW-2026-000001.abababab.original.part")

"""Files appear whole or not at all, and a name that is taken stays taken."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from facewarden.errors import StorageError
from facewarden.sealed.durable import draft, place_new, remove, storing, sync_folder, write_whole


def test_a_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"first, and longer")
    write_whole(tmp_path / "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"second"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
def test_whatever_stops_a_draft_nothing_is_left(tmp_path: Path, stop: type[BaseException]) -> None:
    def write() -> None:
        with draft(tmp_path / ".a.part") as file:
            file.write(b"half")
            raise stop

    with pytest.raises(stop):
        write()
    assert list(tmp_path.iterdir()) == []


def test_what_is_written_through_a_draft_as_a_file_is_there_at_once_and_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, really = tmp_path / ".a.part", os.write
    # As on a disk that is slow or nearly full: a few bytes a call.
    monkeypatch.setattr(os, "write", lambda descriptor, data: really(descriptor, data[:3]))
    with draft(path) as file:
        with file.stream() as stream:
            assert stream.write(b"a long word") == 11
            assert path.read_bytes() == b"a long word"
            assert stream.seek(2) == stream.tell() == 2
            stream.write(b"LONG")
            stream.seek(0, os.SEEK_END)
        file.write(b"!")
    assert path.read_bytes() == b"a LONG word!"


@pytest.mark.parametrize(
    ("number", "step"),
    [
        (errno.ENOSPC, "Make room"),
        (errno.EROFS, "Make the place writable"),
        (errno.EACCES, "Allow this user"),
        (errno.EIO, "Choose another place or repair"),
    ],
)
def test_the_next_step_fits_the_trouble(tmp_path: Path, number: int, step: str) -> None:
    with pytest.raises(StorageError, match=step) as said, storing(tmp_path / "a"):
        raise OSError(number, os.strerror(number))
    assert os.strerror(number) in str(said.value)


_LIMITED = """
import resource, sys
from pathlib import Path
from facewarden.errors import StorageError
from facewarden.sealed.durable import write_whole
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_whole(Path(sys.argv[1]), b"x" * 5000)
except StorageError as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs limits on files")
def test_a_file_that_grows_too_long_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "a"
    write_whole(target, b"old")
    said = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(target)], capture_output=True, text=True, check=True, timeout=120
    )
    assert "File too large. Make room or raise the limit" in said.stdout
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="Check that the folder is there"):
        write_whole(tmp_path / "none" / "a", b"")


def test_a_name_that_is_taken_stays_taken(tmp_path: Path) -> None:
    (tmp_path / "part").write_text("new")
    (tmp_path / "a").write_text("old")
    with pytest.raises(FileExistsError):
        place_new(tmp_path / "part", tmp_path / "a")
    assert (tmp_path / "a").read_text() == "old"
    assert (tmp_path / "part").read_text() == "new"
    (tmp_path / "a").unlink()
    (tmp_path / "a").symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        place_new(tmp_path / "part", tmp_path / "a")
    place_new(tmp_path / "part", tmp_path / "b")
    assert (tmp_path / "b").read_text() == "new"
    assert not (tmp_path / "part").exists()


def test_what_was_interrupted_between_two_names_is_ended(tmp_path: Path) -> None:
    (tmp_path / "part").write_text("new")
    os.link(tmp_path / "part", tmp_path / "a")
    place_new(tmp_path / "part", tmp_path / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").stat().st_nlink == 1


def test_without_hard_links_a_free_name_is_taken_by_renaming(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", no_links)
    (tmp_path / "part").write_text("new")
    (tmp_path / "a").write_text("old")
    with pytest.raises(FileExistsError):
        place_new(tmp_path / "part", tmp_path / "a")
    place_new(tmp_path / "part", tmp_path / "b")
    assert (tmp_path / "b").read_text() == "new"
    assert (tmp_path / "a").read_text() == "old"


def test_removing_what_is_not_there_is_no_fault(tmp_path: Path) -> None:
    remove(tmp_path / "a")
    (tmp_path / "a").write_text("")
    remove(tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_on_a_read_only_file_system_what_is_not_there_need_not_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    (tmp_path / "a").write_text("")
    monkeypatch.setattr(os, "unlink", refuse)
    remove(tmp_path / "b")
    with pytest.raises(OSError, match="Read-only"):
        remove(tmp_path / "a")


def test_a_folder_that_cannot_be_synchronised_is_only_tolerated_where_that_is_usual(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [errno.EINVAL, errno.EIO]

    def failing(_: int) -> None:
        raise OSError(numbers.pop(0), "")

    monkeypatch.setattr(os, "fsync", failing)
    sync_folder(tmp_path)
    with pytest.raises(OSError):
        sync_folder(tmp_path)

from __future__ import annotations

import os
from pathlib import Path

import pytest

from facewarden.cli.targets import find_targets
from tests.media.making import picture_bytes, quadrants

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX file names and links")
PNG = picture_bytes(quadrants(8, 8), "PNG")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for name, data in {
        "b.png": PNG,
        "a.txt": b"words",
        "really-a-picture.txt": PNG,
        "empty.mp4": b"",
        "text.jpg": b"words",
        "paper.pdf": b"%PDF-1.7",
        "._b.png": b"\0\5\26\7 helper of another system",
        ".hidden/c.png": PNG,
        "sub/z.png": PNG,
        "sub/a/deep.gif": b"GIF89a",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def names(arguments: list[str], root: Path) -> list[str]:
    return [os.path.relpath(target.path, root) for target in find_targets(arguments)]


def reasons(arguments: list[str]) -> list[str | None]:
    return [target.error.reason if target.error else None for target in find_targets(arguments)]


def test_folders_are_searched_in_order(folder: Path) -> None:
    assert names([str(folder)], folder) == [
        "b.png",
        "empty.mp4",
        "really-a-picture.txt",
        "text.jpg",
        ".hidden/c.png",
        "sub/z.png",
        "sub/a/deep.gif",
    ]


def test_named_files_count_whatever_they_are(folder: Path) -> None:
    assert names([str(folder / "a.txt"), str(folder / "absent.mp4")], folder) == ["a.txt", "absent.mp4"]


def test_everything_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert [t.path for t in find_targets(["b.png", "./b.png", str(folder / "b.png"), "sub/../b.png"])] == [
        "b.png"
    ]
    assert [t.path for t in find_targets(["-", "b.png", "-"])] == ["-", "b.png"]


@posix
def test_links(folder: Path, tmp_path: Path) -> None:
    (folder / "link.png").symlink_to("b.png")
    (folder / "round").symlink_to(folder)
    (folder / "dangling.png").symlink_to("nowhere.png")
    (folder / "dangling").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.mp4")
    found = names([str(folder)], folder)
    assert "dangling.png" in found
    assert not {"link.png", "round", "dangling", "pipe.mp4"} & set(found)
    assert names([str(folder / "link.png")], folder) == ["link.png"]


def test_patterns(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert [t.path for t in find_targets(["*.png"])] == ["b.png"]
    assert sorted(t.path for t in find_targets(["**/*.png"])) == ["b.png", str(Path("sub/z.png"))]
    assert names(["s?b"], folder) == ["sub/z.png", "sub/a/deep.gif"]
    assert reasons(["*.nothing"]) == ["not_found"]


@posix
def test_a_name_that_looks_like_a_pattern(folder: Path) -> None:
    (folder / "[1].png").write_bytes(PNG)
    (folder / "1.png").write_bytes(PNG)
    assert names([str(folder / "[1].png")], folder) == ["[1].png"]


def test_nothing_to_check_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("words")
    assert reasons([str(tmp_path)]) == ["no_media"]
    assert reasons([""]) == ["not_found"]


def test_a_folder_that_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr("facewarden.cli.targets.os.scandir", refuse)
    found = {os.path.relpath(t.path, folder): t.error for t in find_targets([str(folder)])}
    assert "b.png" in found
    error = found["sub"]
    assert error is not None
    assert error.reason == "folder_not_readable"
    assert str(error).startswith("The folder may not be read")


def test_a_file_that_may_not_be_read_is_not_passed_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    def refuse(self: Path, *args: object, **kwargs: object) -> object:
        if self.name == "a.txt":
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    assert "a.txt" in names([str(folder)], folder)


@posix
def test_names_of_every_kind(tmp_path: Path) -> None:
    wild = [b"line\nbreak.png", b"\x1b[31mred.png", b"\xff\xfe.png", "한국.png".encode()]
    for name in wild:
        (tmp_path / os.fsdecode(name)).write_bytes(PNG)
    assert {os.fsencode(Path(t.path).name) for t in find_targets([str(tmp_path)])} == set(wild)

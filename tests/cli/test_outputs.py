from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from facewarden.cli.outputs import OutputFile
from facewarden.cli.streams import OutputError

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")


def test_complete_or_absent(tmp_path: Path) -> None:
    place = tmp_path / "report.html"
    with OutputFile(place, language="en") as output:
        output.write("half")
        assert not place.exists()
    assert list(tmp_path.iterdir()) == []
    with OutputFile(place, language="en") as output:
        output.write("所有")
        output.commit()
    assert place.read_text("utf-8") == "所有"
    assert list(tmp_path.iterdir()) == [place]


def test_the_old_file_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    place = tmp_path / "report.html"
    place.write_text("old")
    with OutputFile(place, language="en") as output:
        output.write("new")
        output.finish()
        assert place.read_text() == "old"
    assert place.read_text() == "old"


@posix
def test_mode_and_links_are_kept(tmp_path: Path) -> None:
    place, link = tmp_path / "report.html", tmp_path / "link.html"
    place.write_text("old")
    place.chmod(0o640)
    link.symlink_to(place.name)
    with OutputFile(link, language="en") as output:
        output.write("new")
        output.commit()
    assert link.is_symlink()
    assert place.read_text() == "new"
    assert stat.S_IMODE(place.stat().st_mode) == 0o640


@pytest.mark.parametrize("name", ["absent/report.html", ".", "x" * 300])
def test_places_that_cannot_be_written_are_found_at_once(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match=r"cannot be written: .+ Please choose another place"):
        OutputFile(tmp_path / name, language="en")


def test_a_long_name_has_room_for_the_part(tmp_path: Path) -> None:
    place = tmp_path / ("x" * 250)
    with OutputFile(place, language="en") as output:
        output.commit()
    assert place.exists()


@posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_device_without_room() -> None:
    with (
        OutputFile(Path("/dev/full"), language="ko") as output,
        pytest.raises(OutputError, match="쓸 수 없습니다"),
    ):
        output.write("x")


@posix
def test_devices_are_written_to_and_stay(tmp_path: Path) -> None:
    with OutputFile(Path("/dev/null"), language="en") as output:
        output.write("x")
        output.commit()
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_no_room_when_it_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    place = tmp_path / "report.html"
    monkeypatch.setattr("facewarden.cli.outputs.os.fsync", full)
    with OutputFile(place, language="en") as output, pytest.raises(OutputError, match="No space left"):
        output.commit()
    assert list(tmp_path.iterdir()) == []


def test_names_are_made_harmless(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as refused:
        OutputFile(tmp_path / "absent" / "\x1b[31m.html", language="en")
    assert "\x1b" not in str(refused.value)

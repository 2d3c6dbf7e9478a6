"""Files appear whole or not at all, and what cannot be read as weights is said to be so."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from facewarden.errors import UsageError
from facewarden.lab.training.files import load_tensors, save_tensors, whole, write_text

pytestmark = pytest.mark.lab


def test_folders_are_made_and_old_content_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "new" / "card.json"
    write_text(target, "first, and longer")
    write_text(target, "späť")
    assert target.read_bytes() == "späť".encode()
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
def test_whatever_stops_it_the_old_file_stays(tmp_path: Path, stop: type[BaseException]) -> None:
    target = tmp_path / "a"
    write_text(target, "old")

    def write() -> None:
        with whole(target) as file:
            file.write(b"new")
            raise stop

    with pytest.raises(stop):
        write()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_place_that_is_no_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"could not be written: (File exists|Not a directory)"):
        write_text(tmp_path / "file" / "a", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("size", [1, 1_000_000])
def test_a_full_disk_keeps_the_weights_that_were_there(tmp_path: Path, size: int) -> None:
    target = tmp_path / "last.pt"
    save_tensors(target, {"step": 1})
    (tmp_path / "last.pt.part").symlink_to("/dev/full")
    with pytest.raises(UsageError, match=r"last\.pt could not be written: No space left on device"):
        save_tensors(target, {"weights": torch.zeros(size)})
    assert load_tensors(target) == {"step": 1}
    assert list(tmp_path.iterdir()) == [target]


class Surprise:
    """What a hostile file of weights would hold."""


@pytest.mark.parametrize("state", [{"weights": Surprise()}, Surprise()])
def test_nothing_but_tensors_and_plain_values_is_read(tmp_path: Path, state: object) -> None:
    torch.save(state, tmp_path / "final.pt")
    with pytest.raises(UsageError, match="cannot be read as weights"):
        load_tensors(tmp_path / "final.pt")


@pytest.mark.parametrize("content", [b"", b"not weights", b"PK\x03\x04"])
def test_damaged_weights_are_said_to_be_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "final.pt").write_bytes(content)
    with pytest.raises(UsageError, match="cannot be read as weights"):
        load_tensors(tmp_path / "final.pt")


def test_weights_cut_short_are_said_to_be_so(tmp_path: Path) -> None:
    save_tensors(tmp_path / "whole.pt", {"weights": torch.zeros(5000)})
    content = (tmp_path / "whole.pt").read_bytes()
    (tmp_path / "cut.pt").write_bytes(content[: len(content) // 2])
    with pytest.raises(UsageError, match="cannot be read as weights"):
        load_tensors(tmp_path / "cut.pt")


def test_missing_weights_and_a_lone_tensor(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There are no weights at"):
        load_tensors(tmp_path / "final.pt")
    torch.save(torch.zeros(2), tmp_path / "final.pt")
    with pytest.raises(UsageError, match="must hold a dictionary of weights, but holds a Tensor"):
        load_tensors(tmp_path / "final.pt")

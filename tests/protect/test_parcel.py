"""People travel from store to store in a file of its own passphrase."""

from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.errors import TamperedError, UsageError, WrongPassphraseError
from facewarden.protect.parcel import read_parcel, write_parcel
from tests.protect.making import CHEAP, features, person

PEOPLE = [(person(number), features(number)) for number in (1, 2)]


@pytest.fixture(scope="module")
def parcel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("parcel") / "people.parcel"
    write_parcel(path, PEOPLE, "another horse", cost=CHEAP)
    return path


def test_all_arrives(parcel: Path) -> None:
    assert read_parcel(parcel, lambda: "another horse") == PEOPLE
    assert parcel.stat().st_mode & 0o777 == 0o600
    content = parcel.read_bytes()
    assert b"Person" not in content
    assert b"tests" not in content


def test_a_wrong_passphrase_is_told_from_another_file(parcel: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongPassphraseError):
        read_parcel(parcel, lambda: "correct horse")
    (tmp_path / "x").write_bytes(b"something else\n")
    with pytest.raises(TamperedError):
        read_parcel(tmp_path / "x", lambda: "another horse")
    with pytest.raises(UsageError, match="cannot be read"):
        read_parcel(tmp_path / "none", lambda: "another horse")


def test_nothing_of_an_altered_file_is_taken(parcel: Path, tmp_path: Path) -> None:
    whole = parcel.read_bytes()
    head = whole.index(b"\n") + 1
    path = tmp_path / "altered"
    for altered in (
        whole[:-1],
        whole[: head + 100],
        whole[:head],
        whole + b"x",
        whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:],
        b"".join((whole[:head], whole[head : head + 60][::-1], whole[head + 60 :])),
    ):
        path.write_bytes(altered)
        with pytest.raises(TamperedError):
            read_parcel(path, lambda: "another horse")


def test_no_file_is_overwritten_and_no_weak_passphrase_taken(parcel: Path, tmp_path: Path) -> None:
    before = parcel.read_bytes()
    with pytest.raises(UsageError, match="already"):
        write_parcel(parcel, PEOPLE, "another horse")
    assert parcel.read_bytes() == before
    with pytest.raises(UsageError, match="characters"):
        write_parcel(tmp_path / "weak", PEOPLE, "short")
    assert list(tmp_path.iterdir()) == []
    assert len(list(parcel.parent.iterdir())) == 1

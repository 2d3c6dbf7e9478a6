from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import bagit
import pytest

from facewarden.vault.evidence.bag import Bag

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def test_bagit_accepts_it(tmp_path: Path) -> None:
    with (tmp_path / "bag.zip").open("wb") as target, Bag(target, name="case", at=NOON) as bag:
        bag.payload("a/b.bin", [b"one", b"two"])
        bag.payload("empty", [])
        bag.tag("README.txt", b"read me")
        bag.finish({"External-Identifier": "case"})
    with zipfile.ZipFile(tmp_path / "bag.zip") as file:
        assert file.testzip() is None
        file.extractall(tmp_path)
    found = bagit.Bag(str(tmp_path / "case"))
    found.validate()
    assert found.version_info == (1, 0)
    assert found.info["Payload-Oxum"] == "6.2"
    assert (tmp_path / "case" / "data" / "a" / "b.bin").read_bytes() == b"onetwo"


def test_one_that_fails_is_no_zip_and_says_nothing_more() -> None:
    target = io.BytesIO()

    def failing() -> None:
        with Bag(target, name="case", at=NOON) as bag:
            bag.payload("a", (b"x" if number < 3 else 1 / 0 for number in range(5)))  # type: ignore[arg-type,misc]

    with pytest.raises(ZeroDivisionError):
        failing()
    assert not zipfile.is_zipfile(target)

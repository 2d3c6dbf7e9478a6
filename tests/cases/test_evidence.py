"""Reading evidence is logged first, and leaves nothing behind."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facewarden.cases.evidence import look
from facewarden.errors import UsageError
from facewarden.matching.pdq import pdq_of
from facewarden.vault import vault
from tests.vault.making import KEY, make


def picture() -> np.ndarray:
    rows, columns = np.mgrid[0:300, 0:400]
    grey = (127 + 100 * np.sin(rows / 17) * np.cos(columns / 23)).astype(np.uint8)
    return np.stack([grey, np.roll(grey, 40, axis=1), grey[::-1]], axis=2)


def test_hashes_and_picture_are_those_of_the_file_and_the_reading_is_logged(tmp_path: Path) -> None:
    home = make(tmp_path / "vault")
    path = tmp_path / "a.png"
    Image.fromarray(picture()).save(path)
    content = path.read_bytes()
    with vault.opened(home, KEY) as opened:
        number = opened.quarantine(path, actor="ann", reason="r").number
        files = sorted(home.rglob("*"))
        seen = look(opened, number, actor="ann", reason="hashes", picture=True)
        assert seen.md5 == hashlib.md5(content, usedforsecurity=False).hexdigest()
        assert seen.pdq == pdq_of(picture()).hex
        assert seen.jpeg is not None
        with Image.open(io.BytesIO(seen.jpeg)) as shown:
            assert shown.size == (400, 300)
        assert opened.case(number).last.content.action == "evidence.read"
        assert sorted(home.rglob("*")) == files
        assert look(opened, number, actor="ann", reason="hashes").jpeg is None


def test_what_is_no_picture_is_hashed_but_not_shown(tmp_path: Path) -> None:
    home = make(tmp_path / "vault")
    path = tmp_path / "a.jpg"
    path.write_bytes(b"a picture of nobody")
    with vault.opened(home, KEY) as opened:
        number = opened.quarantine(path, actor="ann", reason="r").number
        seen = look(opened, number, actor="ann", reason="hashes")
        assert (seen.md5, seen.pdq) == (
            hashlib.md5(b"a picture of nobody", usedforsecurity=False).hexdigest(),
            None,
        )
        with pytest.raises(UsageError, match="cannot be shown: not_media"):
            look(opened, number, actor="ann", reason="page", picture=True)

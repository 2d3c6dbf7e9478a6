"""Anchors come from outside: whatever they hold, they are read or refused."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from facewarden.errors import UsageError
from facewarden.sealed.signing import Signer
from facewarden.vault.anchor import read_anchor

NAME = "FW-2026-000001/data/custody/head.json"


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_package_that_is_damaged_anywhere_is_refused(tmp_path: Path, method: int) -> None:
    path = tmp_path / "case.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr(NAME, bytes(range(256)) * 40)
    whole = path.read_bytes()
    reader = Signer(Ed25519PrivateKey.generate().private_bytes_raw())
    for place in range(0, len(whole), 3):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with pytest.raises(UsageError):
            read_anchor(path, reader)

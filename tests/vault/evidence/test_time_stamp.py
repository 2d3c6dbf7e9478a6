"""A time stamp is taken along when it is for this very file."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.vault.evidence.time_stamp import read_time_stamp
from facewarden.vault.vault import Vault
from tests.vault.evidence.authority import stamp
from tests.vault.evidence.test_package import VERSIONS, said_by_script, unpacked

DIGEST = hashlib.sha256(b"the file").hexdigest()


def test_one_for_the_file_tells_its_time(tmp_path: Path) -> None:
    path = stamp(tmp_path / "authority", DIGEST)
    data, at = read_time_stamp(path, DIGEST)
    assert data == path.read_bytes()
    assert at.year >= 2026


def test_one_for_another_file_or_digest_is_refused(tmp_path: Path) -> None:
    path = stamp(tmp_path / "one", DIGEST)
    with pytest.raises(UsageError, match="is not for this file"):
        read_time_stamp(path, "00" * 32)
    path = stamp(tmp_path / "two", hashlib.sha512(b"the file").hexdigest(), algorithm="sha512")
    with pytest.raises(UsageError, match="is not for this file"):
        read_time_stamp(path, DIGEST)


def test_what_is_none_is_said_with_the_command_that_asks_for_one(tmp_path: Path) -> None:
    path = stamp(tmp_path / "authority", DIGEST)
    whole = path.read_bytes()
    for content in (b"", b"no", whole[:-20], bytes(2 << 20)):
        path.write_bytes(content)
        with pytest.raises(UsageError, match=f"openssl ts -query -sha256 -digest {DIGEST}"):
            read_time_stamp(path, DIGEST)
    with pytest.raises(UsageError, match="cannot be read"):
        read_time_stamp(tmp_path / "none", DIGEST)


def test_a_package_with_one_can_be_verified_by_openssl(opened: Vault, desk: Path, tmp_path: Path) -> None:
    (desk / "a.jpg").write_bytes(b"the file")
    number = opened.quarantine(desk / "a.jpg", actor="ann", reason="r").number
    path = stamp(tmp_path / "authority", opened.facts(number).sha256)
    opened.package(number, actor="ann", reason="r", to=tmp_path / "p.zip", versions=VERSIONS, time_stamp=path)
    bag = unpacked(tmp_path / "p.zip")
    assert said_by_script(bag).returncode == 0
    command = ["openssl", "ts", "-verify", "-in", bag / "data" / "timestamp.tsr", "-digest", DIGEST]
    command += ["-CAfile", tmp_path / "authority" / "certificate.pem"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "Verification: OK" in done.stdout + done.stderr

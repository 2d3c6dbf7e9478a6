"""A record is read back as it was written, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from facewarden.errors import UsageError
from facewarden.lab.harden import signature
from facewarden.lab.harden.record import read_record, verify_promotion, write_record
from tests.lab.harden.records import DIGEST, comparison, of, record, target

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PROMOTED = record(of("trained", target(0.1, 0.2)), of("mixed-0.5", target(-0.1, 0.2), sha256="12" * 32))
REFUSED = record(of("trained", target(0.1, 0.2), comparison("dfdc", low=-0.2, high=-0.1)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "record.json"
    write_record(place, PROMOTED, KEY)
    return place


@pytest.mark.parametrize("written", [PROMOTED, REFUSED])
def test_a_record_is_read_back_with_its_signer(tmp_path: Path, written: Any) -> None:
    path = tmp_path / "record.json"
    write_record(path, written, KEY)
    signed = read_record(path)
    assert signed.record == written
    assert signed.signer == signature.fingerprint(KEY.public_key())
    assert "a key that is not your own" in str(signed)


def test_ones_own_signature_is_known(tmp_path: Path) -> None:
    write_record(tmp_path / "r.json", REFUSED, signature.signing_key())
    assert str(read_record(tmp_path / "r.json")).endswith("your own key")
    assert str(read_record(tmp_path / "r.json")).startswith("refused on 2026-01-02")


@pytest.mark.parametrize(
    "change",
    [
        {"decision": "refused"},
        {"chosen": "mixed-0.5"},
        {"config": {"steps": 41}},
        {"more": 1},
        {"threshold": {"level": "likely", "logit": 2.8, "calibration": "v1"}},
    ],
)
def test_any_change_is_found(path: Path, change: dict[str, object]) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UsageError, match="may not be relied on: it was changed after it was signed"):
        read_record(path)


def test_another_layout_of_the_same_content_is_no_change(path: Path) -> None:
    content = json.loads(path.read_text())
    path.write_text(json.dumps(dict(reversed(content.items()))))
    assert read_record(path).record == PROMOTED


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "is not JSON"),
        ("\xff", "is not JSON"),
        ("[]", "must be a JSON object"),
        ("{}", "not signed"),
        ('{"a": Infinity, "signature": {"algorithm": "Ed25519"}}', "may not be relied on"),
    ],
)
def test_what_is_no_record_is_said(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "r.json"
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_record(path)
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(UsageError, match=why):
        read_record(path)


def test_signed_content_of_another_format_is_no_record(tmp_path: Path) -> None:
    content = {"format": "facewarden-hardening/2"}
    (tmp_path / "r.json").write_text(json.dumps(content | {"signature": signature.sign(content, KEY)}))
    with pytest.raises(UsageError, match="not one of this format"):
        read_record(tmp_path / "r.json")


def test_a_promotion_speaks_of_one_network(path: Path) -> None:
    assert "promoted on" in verify_promotion(path, DIGEST)
    with pytest.raises(UsageError, match="promotes another network"):
        verify_promotion(path, "12" * 32)
    write_record(path, REFUSED, KEY)
    with pytest.raises(UsageError, match="promotes no network"):
        verify_promotion(path, DIGEST)

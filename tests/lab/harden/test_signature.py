"""A signature holds for one content and one key, and the key stays with its person."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from facewarden.errors import UsageError
from facewarden.lab.harden import signature

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False)
)
OBJECTS = st.dictionaries(st.text(), LEAVES | st.lists(LEAVES, max_size=3), max_size=4)


@effort(max_examples=30)
@given(content=OBJECTS)
def test_what_is_signed_is_confirmed_and_anything_else_is_not(content: dict[str, object]) -> None:
    signed = signature.sign(content, KEY)
    assert signature.check(content, signed) == signature.fingerprint(KEY.public_key())
    with pytest.raises(UsageError, match="changed after it was signed"):
        signature.check(content | {"one more": 1}, signed)


def test_the_order_of_keys_says_nothing() -> None:
    signed = signature.sign({"a": 1, "b": [2.5, "ä"]}, KEY)
    assert signature.check({"b": [2.5, "ä"], "a": 1}, signed)


@pytest.mark.parametrize("given_", [None, {}, "text", {"algorithm": "none"}])
def test_no_signature_is_said(given_: object) -> None:
    with pytest.raises(UsageError, match="not signed with Ed25519"):
        signature.check({}, given_)


@pytest.mark.parametrize(
    "change", [{"value": "zz"}, {"public_key": "00"}, {"value": 3}, {"public_key": None}]
)
def test_a_broken_signature_is_said(change: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        signature.check({}, signature.sign({}, KEY) | change)


def test_another_keys_signature_does_not_pass_for_ones_own() -> None:
    other = signature.sign({}, Ed25519PrivateKey.generate())
    mixed = signature.sign({}, KEY) | {"public_key": other["public_key"]}
    with pytest.raises(UsageError, match="changed"):
        signature.check({}, mixed)


def test_the_own_key_is_made_once_and_for_its_person_alone(settings: Path) -> None:
    assert signature.own_fingerprint() is None
    key = signature.signing_key()
    path = settings / "facewarden" / "record-key.pem"
    assert signature.own_key_path() == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["record-key.pem"]
    again = signature.signing_key()
    assert again.private_bytes_raw() == key.private_bytes_raw()
    assert signature.own_fingerprint() == signature.fingerprint(key.public_key())


def test_of_two_that_make_the_key_at_once_one_stays(settings: Path) -> None:
    first = signature.signing_key()
    signature._make(signature.own_key_path())
    assert signature.signing_key().private_bytes_raw() == first.private_bytes_raw()


def test_a_key_that_others_can_read_is_refused(settings: Path) -> None:
    signature.signing_key()
    signature.own_key_path().chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        signature.signing_key()


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def test_a_key_of_ones_own_can_be_named(tmp_path: Path) -> None:
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = written(tmp_path / "mine.pem", KEY.private_bytes(*pem))
    assert signature.signing_key(path).private_bytes_raw() == KEY.private_bytes_raw()
    curve = written(tmp_path / "curve.pem", ec.generate_private_key(ec.SECP256R1()).private_bytes(*pem))
    with pytest.raises(UsageError, match="must hold an Ed25519 key"):
        signature.signing_key(curve)
    with pytest.raises(UsageError, match="not a private key in PEM"):
        signature.signing_key(written(tmp_path / "text", b"hello"))
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        signature.signing_key(tmp_path / "nowhere")


def test_a_folder_that_cannot_be_written_is_said(settings: Path) -> None:
    (settings / "facewarden").write_text("a file is in the way")
    with pytest.raises(UsageError, match=r"cannot be made: .*--key"):
        signature.signing_key()

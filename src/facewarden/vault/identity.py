"""Which vault this is: its card and its signing key, compared with each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from facewarden.errors import TamperedError
from facewarden.sealed.box import boxed, unboxed
from facewarden.sealed.keys import MasterKey
from facewarden.sealed.signing import Signer, content_of, reader_of
from facewarden.vault.fault import Fault
from facewarden.vault.layout import Layout
from facewarden.vault.store import CARD, PURPOSE_SIGNING, Card


@dataclass(frozen=True, slots=True)
class Identity:
    """What could be read.

    Attributes:
        signer: None where the signing key does not open.
    """

    card: Card
    signer: Signer | None
    faults: tuple[Fault, ...]


def identity(layout: Layout, key: MasterKey) -> Identity:
    """Card and signing key of the vault, and what is wrong with them.

    Raises:
        TamperedError: the card cannot be read, so that nothing can be said of the rest.
    """
    line = _read(layout.card)
    try:
        content = content_of(line.removesuffix(b"\n"), CARD)
        del content["kind"]
        card = Card.model_validate(content)
        reader_of(bytes.fromhex(card.public_key)).opened(line[:-1], CARD)
    except (TamperedError, ValidationError, ValueError) as error:
        raise TamperedError(f"{layout.card} was altered. Put it back from a backup.") from error
    faults = list[Fault]()
    if not line.endswith(b"\n"):
        faults.append(Fault("changed", layout.card.name, "Its line has no end."))
    signer = None
    try:
        signer = Signer(
            unboxed(key.subkey(PURPOSE_SIGNING), _read(layout.signing_key), context=_context(card.vault))
        )
    except (TamperedError, ValueError):
        sentence = "The signing key was altered, or is not that of this master key and vault."
        faults.append(Fault("changed", layout.signing_key.name, sentence))
    if signer is not None and signer.raw().hex() != card.public_key:
        faults.append(
            Fault("changed", layout.card.name, "It names another public key than that of the signing key.")
        )
    try:
        pem = reader_of(bytes.fromhex(card.public_key)).pem()
        if layout.public_key.read_bytes() != pem:
            faults.append(Fault("changed", layout.public_key.name, "It is not the public key of this vault."))
    except OSError as error:
        sentence = f"It cannot be read: {error.strerror or error}."
        faults.append(Fault("missing", layout.public_key.name, sentence))
    return Identity(card, signer, tuple(faults))


def new_signing_key(vault: str, key: MasterKey) -> tuple[Signer, bytes]:
    """A new key to sign with, and it in a box."""
    secret = Ed25519PrivateKey.generate().private_bytes_raw()
    return Signer(secret), boxed(key.subkey(PURPOSE_SIGNING), secret, context=_context(vault))


def _context(vault: str) -> bytes:
    return f"signing key of vault {vault}".encode()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TamperedError(
            f"{path} cannot be read: {error.strerror or error}. Put it back from a backup."
        ) from error

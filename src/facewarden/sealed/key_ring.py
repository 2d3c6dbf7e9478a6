"""The system's key ring (Secret Service, KWallet, Keychain), through the library ``keyring``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from facewarden.errors import UsageError

if TYPE_CHECKING:
    from types import ModuleType

_SERVICE = "facewarden"


class KeyRing(Protocol):
    """Keeps short secrets under names."""

    def get(self, name: str) -> str | None:
        """The secret, None where there is none. Raises UsageError where the ring cannot be asked."""
        ...

    def put(self, name: str, secret: str) -> None:
        """Keep `secret`. Raises UsageError."""
        ...

    def forget(self, name: str) -> None:
        """Delete the secret, if there is one. Raises UsageError."""
        ...


class SystemKeyRing:
    """The ring of whoever is logged in."""

    def get(self, name: str) -> str | None:
        ring = _library()
        try:
            secret = ring.get_password(_SERVICE, name)
        except ring.errors.KeyringError as error:
            raise _unusable(error) from error
        return None if secret is None else str(secret)

    def put(self, name: str, secret: str) -> None:
        ring = _library()
        try:
            ring.set_password(_SERVICE, name, secret)
        except ring.errors.KeyringError as error:
            raise _unusable(error) from error

    def forget(self, name: str) -> None:
        ring = _library()
        try:
            if ring.get_password(_SERVICE, name) is not None:
                ring.delete_password(_SERVICE, name)
        except ring.errors.KeyringError as error:
            raise _unusable(error) from error


def _library() -> ModuleType:
    try:
        import keyring
        import keyring.errors
    except ModuleNotFoundError as error:
        raise UsageError(
            "The system's key ring needs the package keyring: pip install 'facewarden[keyring]', or use a passphrase.",
            reason="no_key_ring",
        ) from error
    return keyring


def _unusable(error: Exception) -> UsageError:
    what = str(error).strip().partition("\n")[0] or type(error).__name__
    return UsageError(
        f"The system's key ring cannot be used: {what.rstrip('.')}. Unlock or start it, or use a passphrase.",
        reason="no_key_ring",
    )

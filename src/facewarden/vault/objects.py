"""The sealed files of a vault, each once, under a keyed digest of its content.

The address is HMAC-SHA256 of the content's SHA-256 under a key of the vault: equal files have one address, and nobody
without the key can tell from an address whether a file that he knows is there.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from facewarden.errors import TamperedError
from facewarden.sealed.durable import PART, Draft, storing, sync_folder
from facewarden.sealed.shredding import shred
from facewarden.sealed.stream import Sealing, unsealed

READ_BYTES = 1 << 20
_ADDRESS = re.compile(r"[0-9a-f]{64}")


class Readable(Protocol):
    """An open file."""

    def read(self, count: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that was sealed and has no place yet.

    Attributes:
        part: where it lies.
        sha256, size: of its content.
    """

    part: Path
    address: str
    sha256: str
    size: int


class ObjectStore:
    """Sealed files in the folder `objects`; those on their way in lie in `incoming`."""

    def __init__(self, objects: Path, incoming: Path, *, key: bytes, address_key: bytes) -> None:
        self._objects, self._incoming = objects, incoming
        self._key, self._address_key = key, address_key

    def address(self, sha256: str) -> str:
        """Where content with this digest lies."""
        return hmac.new(self._address_key, bytes.fromhex(sha256), hashlib.sha256).hexdigest()

    def path(self, address: str) -> Path:
        return self._objects / address[:2] / address

    def __contains__(self, address: str) -> bool:
        return self.path(address).exists()

    def receive(self, source: Readable) -> Incoming:
        """Seal what `source` yields, up to its end. Raises StorageError."""
        part = self._incoming / f".{secrets.token_hex(8)}{PART}"
        digest, size = hashlib.sha256(), 0
        with storing(self._incoming):
            file = Draft(part)
            try:
                sealing = Sealing(file, self._key)
                while data := source.read(READ_BYTES):
                    digest.update(data)
                    size += len(data)
                    sealing.write(data)
                sealing.finish()
                file.settle()
                sync_folder(self._incoming)
            except BaseException:
                with suppress(OSError):
                    part.unlink()
                raise
            finally:
                file.close()
        sha256 = digest.hexdigest()
        return Incoming(part, self.address(sha256), sha256, size)

    def keep(self, incoming: Incoming) -> None:
        """Give `incoming` its place, durably; one of the same content that is there already gives way. Raises
        StorageError."""
        target = self.path(incoming.address)
        with storing(target):
            if not target.parent.exists():
                target.parent.mkdir(mode=0o700, exist_ok=True)
                sync_folder(self._objects)
            incoming.part.replace(target)
            sync_folder(target.parent)

    def drop(self, incoming: Incoming) -> None:
        """Forget `incoming`, if it was not kept."""
        with suppress(OSError):
            incoming.part.unlink()

    def read(self, address: str) -> Iterator[bytes]:
        """The content at `address`, chunk by chunk.

        Raises:
            TamperedError: it is gone, altered or another file's, which may turn out at the end only: what came before
                must not be used then.
        """
        digest = hashlib.sha256()
        try:
            with self.path(address).open("rb") as file:
                for chunk in unsealed(file, self._key):
                    digest.update(chunk)
                    yield chunk
        except OSError as error:
            raise TamperedError(
                f"The sealed file {address[:12]}... cannot be read: {error.strerror or error}."
            ) from error
        if self.address(digest.hexdigest()) != address:
            raise TamperedError(f"The sealed file {address[:12]}... is another one.")

    def check(self, address: str) -> None:
        """Read all of it. Raises TamperedError as `read`."""
        for _ in self.read(address):
            pass

    def destroy(self, address: str) -> None:
        """Make the file unreadable and delete it, if it is there. Raises StorageError."""
        shred(self.path(address))

    def clear_incoming(self) -> None:
        """Delete what an interrupted command left on its way in. Raises StorageError."""
        with storing(self._incoming):
            for path in self._incoming.iterdir():
                if path.name.startswith(".") and path.name.endswith(PART):
                    path.unlink()

    def addresses(self) -> set[str]:
        """Those of all files in the store, sound or not."""
        return {path.name for path in self._objects.glob("??/*") if self._at_home(path)}

    def strangers(self) -> list[Path]:
        """What lies among the objects and is none."""
        found = [path for path in self._objects.rglob("*") if not path.is_dir() or path.is_symlink()]
        return sorted(path for path in found if not self._at_home(path))

    def _at_home(self, path: Path) -> bool:
        return bool(_ADDRESS.fullmatch(path.name)) and self.path(path.name) == path and not path.is_symlink()

"""Sealed objects, each in a file with a random name. Which of them count, the roll says."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from facewarden.errors import TamperedError
from facewarden.sealed.durable import PART, Draft, draft, storing, sync_folder
from facewarden.sealed.shredding import fill, shred
from facewarden.sealed.stream import unsealed

NAME = r"^[0-9a-f]{32}$"
_NAME = re.compile(NAME)


class Cabinet:
    """The objects in one folder. An object never changes: what replaces it has another name."""

    def __init__(self, folder: Path, key: bytes, *, store: str) -> None:
        """`key` has 32 bytes; `store` is the identity of the store, so that no object fits elsewhere."""
        self._folder, self._key, self._store = folder, key, store

    def put(self, chunks: Iterable[bytes]) -> str:
        """Seal an object; returns its name. On the disk when this returns. Raises StorageError."""
        name = secrets.token_hex(16)
        with draft(self._part(name)) as file:
            fill(file, chunks, self._key, context=self._context(name))
        with storing(self._folder):
            file.path.replace(self._folder / name)
            sync_folder(self._folder)
        return name

    def put_many(self, contents: Iterable[bytes]) -> list[str]:
        """The same for many small objects at once, which are synchronised together; all have names, or none has."""
        names: list[str] = []
        try:
            with storing(self._folder):
                for content in contents:
                    name = secrets.token_hex(16)
                    names.append(name)
                    file = Draft(self._part(name))
                    try:
                        fill(file, [content], self._key, context=self._context(name))
                    finally:
                        file.close()
                os.sync()
                for name in names:
                    self._part(name).replace(self._folder / name)
                sync_folder(self._folder)
        except BaseException:
            for name in names:
                for path in (self._part(name), self._folder / name):
                    with suppress(OSError):
                        path.unlink()
            raise
        return names

    def get(self, name: str) -> bytes:
        """The content of an object.

        Raises:
            KeyError: there is none of this name.
            TamperedError: it is not what was sealed under this name.
        """
        try:
            with (self._folder / name).open("rb") as file:
                return b"".join(unsealed(file, self._key, context=self._context(name)))
        except FileNotFoundError:
            raise KeyError(name) from None
        except OSError as error:
            raise TamperedError(
                f"{self._folder / name} cannot be read: {error.strerror or error}. Put it back from a backup."
            ) from error
        except TamperedError as error:
            raise TamperedError(f"{self._folder / name}: {error} Put it back from a backup.") from error

    def shred(self, name: str) -> None:
        """Make an object unreadable for good, if it is there. Raises StorageError."""
        shred(self._folder / name)

    def names(self) -> set[str]:
        """Of all objects that have a file. Raises StorageError."""
        with storing(self._folder), os.scandir(self._folder) as entries:
            return {entry.name for entry in entries if _NAME.fullmatch(entry.name)}

    def sweep(self, counted: set[str]) -> None:
        """Shred every object that is not `counted`, and what was left unfinished. Raises StorageError."""
        for name in self.names() - counted:
            self.shred(name)
        for path in self._unfinished():
            shred(path)

    def _unfinished(self) -> Iterator[Path]:
        with storing(self._folder), os.scandir(self._folder) as entries:
            found = [
                entry.name for entry in entries if entry.name.startswith(".") and entry.name.endswith(PART)
            ]
        return (self._folder / name for name in found)

    def _part(self, name: str) -> Path:
        return self._folder / f".{name}{PART}"

    def _context(self, name: str) -> bytes:
        return f"{self._store} object {name}".encode()

"""BagIt 1.0 (RFC 8493) in a zip, written in one pass and in constant memory."""

from __future__ import annotations

import datetime as dt
import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from io import RawIOBase
from typing import BinaryIO

_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_FILE, _SCRIPT = 0o100644, 0o100755


class Bag:
    """A bag that is being written. Payload first, then tag files, then `finish`."""

    def __init__(self, target: RawIOBase | BinaryIO, *, name: str, at: dt.datetime) -> None:
        """Begin the zip.

        Args:
            name: of the folder that everything lies in.
            at: the time that all its files bear.
        """
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED)
        self._name, self._at = name, at.astimezone(dt.UTC)
        self._payload: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        self._payload_bytes = 0
        self.tag("bagit.txt", _DECLARATION)

    def payload(self, path: str, chunks: Iterable[bytes]) -> None:
        """Add ``data/<path>``; `path` consists of plain names. Raises OSError, and whatever `chunks` raises."""
        name = f"data/{path}"
        self._payload[name], size = self._write(name, chunks, _FILE)
        self._payload_bytes += size

    def tag(self, path: str, content: bytes, *, script: bool = False) -> None:
        """Add a file that is not payload. Raises OSError."""
        self._tags[path], _ = self._write(path, [content], _SCRIPT if script else _FILE)

    def finish(self, information: Mapping[str, str]) -> None:
        """Write ``bag-info.txt``, the manifests and the zip's directory. Raises OSError."""
        fields = {
            **information,
            "Bagging-Date": self._at.date().isoformat(),
            "Payload-Oxum": f"{self._payload_bytes}.{len(self._payload)}",
        }
        self.tag("bag-info.txt", "".join(f"{key}: {value}\n" for key, value in fields.items()).encode())
        self.tag("manifest-sha256.txt", _manifest(self._payload))
        self._write("tagmanifest-sha256.txt", [_manifest(self._tags)], _FILE)
        self._zip.close()

    def __enter__(self) -> Bag:
        return self

    def __exit__(self, *_: object) -> None:
        # A zip that was not finished is thrown away: nothing more may be written to it, later least of all.
        self._zip.fp = None

    def _write(self, path: str, chunks: Iterable[bytes], mode: int) -> tuple[str, int]:
        about = zipfile.ZipInfo(f"{self._name}/{path}", self._at.timetuple()[:6])
        about.external_attr = mode << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(about, "w", force_zip64=True) as file:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
        return digest.hexdigest(), size


def _manifest(digests: Mapping[str, str]) -> bytes:
    return "".join(f"{digest}  {path}\n" for path, digest in digests.items()).encode()

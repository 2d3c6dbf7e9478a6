"""Entries of NCMEC's hash sharing API (version 2), as its XML answers hold them.

Images carry `pdq` and `md5` among their fingerprints, videos `md5`. Whatever else an entry says of its content is not
read. Document types and entities are refused before anything is expanded.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET
from xml.parsers import expat

from facewarden.errors import UsageError
from facewarden.matching.exchange.signal import MOST_NOTE, Kind, Signal, checked_size, refuse_more, signal

KINDS = frozenset({Kind.PDQ, Kind.PHOTO_MD5, Kind.VIDEO_MD5})
_SPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
_MOST_DEEP = 16
_NO_TIME = "1970-01-01T00:00:00Z"
"""Readers want a time and a member, and a list has none."""

_READ = {("image", "pdq"): Kind.PDQ, ("image", "md5"): Kind.PHOTO_MD5, ("video", "md5"): Kind.VIDEO_MD5}
_WRITTEN = {kind: names for names, kind in _READ.items()}


def read(data: bytes) -> list[Signal]:
    """The signals of all entries that were not deleted; the entry's id becomes the note. Raises UsageError."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(checked_size(data, "list of NCMEC"), True)
    except expat.ExpatError as error:
        raise UsageError(
            f"This is no XML of NCMEC's hash sharing API, or it is cut short: {error}."
        ) from error
    except (ValueError, LookupError) as error:  # an encoding that expat does not know
        raise UsageError(f"This XML is in an encoding that cannot be read: {error}.") from error
    return reader.signals


class _Reader:
    """Follows the elements as they come; keeps one entry at a time."""

    def __init__(self) -> None:
        self.signals: list[Signal] = []
        self._path: list[str] = []
        self._text = ""
        self._id = ""
        self._prints: list[tuple[str, str]] = []

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if not self._path and (local != "queryResult" or space not in ("", _SPACE)):
            raise UsageError(f"This XML begins with {local[:24]!a}; a list of NCMEC begins with queryResult.")
        self._path.append(local)
        if len(self._path) > _MOST_DEEP:
            raise UsageError("This XML is nested deeper than any list of NCMEC.")
        self._text = ""
        if len(self._path) == 3:
            self._id, self._prints = "", []

    def text(self, text: str) -> None:
        self._text += text
        if len(self._text) > 1 << 20:
            raise UsageError("This XML holds a text longer than any fingerprint.")

    def end(self, _name: str) -> None:
        local, depth = self._path[-1], len(self._path)
        if depth == 4 and local == "id":
            self._id = self._text.strip()
        elif depth == 5 and self._path[3] == "fingerprints":
            self._prints.append((local, self._text.strip()))
        elif depth == 3:
            self._finish(local)
        self._path.pop()
        self._text = ""

    def _finish(self, entry: str) -> None:
        where = f"Entry {len(self.signals) + 1}"
        for name, value in self._prints:
            kind = _READ.get((entry, name))
            if kind is not None:
                self.signals.append(signal(kind, value, where=where, note=self._id[:MOST_NOTE]))
                refuse_more(len(self.signals), "list of NCMEC")


def _refuse_doctype(*_: object) -> None:
    raise UsageError("This XML declares a document type, which a list of NCMEC never does; it is refused.")


def write(signals: Iterable[Signal]) -> bytes:
    """Entries for NCMEC's form; the note becomes the id, else the place in the list."""
    root = ET.Element("queryResult", xmlns=_SPACE)
    lists: dict[str, ET.Element] = {}
    for number, each in enumerate(signals, start=1):
        entry_name, fingerprint = _WRITTEN[each.kind]
        if entry_name not in lists:
            lists[entry_name] = ET.SubElement(root, f"{entry_name}s", maxTimestamp=_NO_TIME)
        entry = ET.SubElement(lists[entry_name], entry_name)
        ET.SubElement(entry, "member", id="0")
        ET.SubElement(entry, "timestamp").text = _NO_TIME
        ET.SubElement(entry, "id").text = each.note or str(number)
        prints = ET.SubElement(entry, "fingerprints")
        ET.SubElement(prints, fingerprint).text = each.value
    for element in lists.values():
        element.set("count", str(len(element)))
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"

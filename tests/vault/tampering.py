"""A vault with something of everything in it, and single bytes of it changed: ``changed(template, seed)``."""

from __future__ import annotations

import random
from pathlib import Path

from facewarden.vault import vault
from facewarden.vault.fault import Fault
from tests.vault.making import KEY, make


def filled(folder: Path) -> Path:
    """A vault with cases in every state, in `folder`/vault."""
    home, desk = make(folder / "vault"), folder / "desk"
    desk.mkdir()
    said = {"actor": "ann", "reason": "r"}
    with vault.opened(home, KEY) as opened:
        numbers = []
        for index, size in enumerate((0, 300, 5000, 700)):
            path = desk / f"{index}.jpg"
            path.write_bytes(bytes((index + number) % 251 for number in range(size)))
            report = b'{"number": %d}' % index if index < 3 else None
            numbers.append(opened.quarantine(path, **said, report=report).number)
        opened.release(numbers[1], **said, to=desk / "copy")
        opened.restore(numbers[2], **said)
        opened.destroy(numbers[3], **said, confirmation=numbers[3])
    return home


def files_of(home: Path) -> list[Path]:
    """All files that have a content; the lock has none."""
    return sorted(path for path in home.rglob("*") if path.is_file() and path.stat().st_size)


def reports_of(home: Path) -> set[Path]:
    """The sealed reports that are kept with the files of the cases."""
    with vault.opened(home, KEY) as opened:
        return {
            opened._store.objects.path(case.report)
            for case in opened.cases()
            if case.state.held and case.report
        }


def unnoticed(home: Path, path: Path, position: int, change: int) -> bool:
    """Whether nothing is found when one byte of `path` is changed (and changed back)."""
    sound = path.read_bytes()
    content = bytearray(sound)
    content[position] ^= change
    path.write_bytes(content)
    try:
        return not any(fault.damage for fault in faults(home))
    finally:
        path.write_bytes(sound)


def faults(home: Path) -> tuple[Fault, ...]:
    return vault.faults_of(home, KEY)


def drawn(chance: random.Random, files: list[tuple[Path, int]]) -> tuple[Path, int, int]:
    """A file, a position in it (each byte of the vault as likely as another), and what to change there."""
    path, size = chance.choices(files, [size for _, size in files])[0]
    return path, chance.randrange(size), chance.randrange(1, 256)

"""What the files of a collection give away without a face being looked at.

For every kind of forgery against the genuine files that it is measured against (`bench.contest`), each fact of the
header by itself: how well it orders forged and genuine, in whichever direction. A set in which the width of the
picture tells the classes apart measures widths, whatever is trained on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facewarden.errors import UsageError
from facewarden.lab.bench import metrics
from facewarden.lab.bench.contest import Contest, contests
from facewarden.lab.dataset import Item
from facewarden.lab.peers.headers import Header, read_header

SUSPICIOUS = 0.75


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One fact of the headers in one contest.

    Attributes:
        contest: the method of the forgeries.
        against: the methods of the genuine files.
        fact: such as ``width``, or ``codec = h264`` for a word.
        auc: in [.5, 1], in the direction that separates best.
        higher: whether forged files have more of it.
    """

    contest: str
    against: tuple[str, ...]
    fact: str
    auc: float
    higher: bool

    @property
    def suspicious(self) -> bool:
        return self.auc >= SUSPICIOUS


def audit(items: Sequence[Item]) -> tuple[Shortcut, ...]:
    """Return every fact in every contest of `items`, contest by contest, the most telling first.

    Raises:
        UsageError: there are no forgeries with genuine files beside them, or a file cannot be read.
    """
    matches = contests(items)
    if not matches:
        raise UsageError("There are no forgeries with genuine files of the same kind beside them to audit.")
    return tuple(shortcut for match in matches for shortcut in _of_contest(match))


def _of_contest(match: Contest) -> list[Shortcut]:
    headers = read_headers(match.items)
    is_fake = np.array([item.is_fake for item in match.items])
    found = []
    for fact, values in _columns(headers).items():
        auc = metrics.auc(values, is_fake)
        found.append(Shortcut(match.name, match.against, fact, max(auc, 1 - auc), auc >= 0.5))
    return sorted(found, key=lambda shortcut: -shortcut.auc)


def _columns(headers: Sequence[Header]) -> dict[str, metrics.Floats]:
    """Numbers as they are; each word as whether a file bears it."""
    columns = {name: np.array([h.numbers[name] for h in headers]) for name in headers[0].numbers}
    for name, word in sorted({pair for h in headers for pair in h.words.items()}):
        columns[f"{name} = {word}"] = np.array([float(h.words.get(name) == word) for h in headers])
    return columns


def read_headers(items: Sequence[Item]) -> list[Header]:
    """Return the headers of files, in their order. Raises UsageError where one cannot be read."""
    return [_header(item) for item in items]


def _header(item: Item) -> Header:
    try:
        return read_header(item.path, item.media)
    except (OSError, ValueError, LookupError) as error:
        raise UsageError(f"{item.path} is in the manifest but cannot be read as a {item.media}.") from error


def markdown(shortcuts: Sequence[Shortcut], *, most: int = 3) -> str:
    """A table with the `most` telling facts of each contest, and all that are suspicious."""
    lines = ["| forged | genuine | fact | forged files have | AUC | |", "|---|---|---|---|---|---|"]
    shown: dict[str, int] = {}
    for one in shortcuts:
        shown[one.contest] = shown.get(one.contest, 0) + 1
        if shown[one.contest] <= most or one.suspicious:
            warning = "**tells the classes apart**" if one.suspicious else ""
            more = "more" if one.higher else "less"
            lines.append(
                f"| {one.contest} | {', '.join(one.against)} | {one.fact} | {more} | {one.auc:.2f} | {warning} |"
            )
    return "\n".join(lines) + "\n"

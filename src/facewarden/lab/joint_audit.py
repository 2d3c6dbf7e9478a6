"""What shortcuts reach together in each contest: all facts of the header, size and codec alone, the background alone.

`audit` looks at one fact by itself; several that tell little may tell much together. As in the benchmark, *same set*
means a model that is fitted to other files of the same contest, people kept apart where there are many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from facewarden.errors import UsageError
from facewarden.lab.audit import SUSPICIOUS, read_headers
from facewarden.lab.bench.contest import Contest, Row, Verdict, contests, measure
from facewarden.lab.bench.markdown import interval, table
from facewarden.lab.bench.shortcuts import FOLDS, SAME_SET, headers_tell, kept_together, verdicts_of
from facewarden.lab.bench.trust import remark_sign
from facewarden.lab.dataset import Item
from facewarden.lab.looks import Look
from facewarden.lab.peers.headers import Header
from facewarden.lab.peers.logistic import cross_validated_numbers

FORMAT, BACKGROUND_ONLY = "size and codec, same set", "background only, same set"

_FORMAT_NUMBERS = ("width", "height", "aspect", "frame_rate")
_FORMAT_WORDS = ("container", "codec", "profile", "pixels", "mode", "sampling", "progressive")


def audit(
    items: Sequence[Item], looks: Mapping[Item, Look] | None = None, *, rounds: int = 1000, seed: int = 0
) -> tuple[Row, ...]:
    """Return what each shortcut reaches in every contest of `items`.

    Args:
        looks: of the files that were opened; without, nothing is said of backgrounds. A file that is not among them,
            or shows no face or nothing around it, is one on which the background abstains.
        rounds, seed: of the bootstrap; the seed deals the folds, too.

    Raises:
        UsageError: there are no forgeries with genuine files beside them, or a file cannot be read.
    """
    matches = contests(items)
    if not matches:
        raise UsageError("There are no forgeries with genuine files of the same kind beside them to audit.")
    rows = []
    for match in matches:
        headers = read_headers(match.items)
        said = {SAME_SET: headers_tell(match.items, headers, seed=seed)}
        said[FORMAT] = headers_tell(match.items, [_format(header) for header in headers], seed=seed)
        if looks is not None:
            backgrounds = [looks[item].background if item in looks else {} for item in match.items]
            said[BACKGROUND_ONLY] = _of_backgrounds(match, backgrounds, seed)
        rows += [
            _with_warning(measure(match, name, verdicts, rounds=rounds, seed=seed))
            for name, verdicts in said.items()
        ]
    return tuple(rows)


def markdown(rows: Sequence[Row]) -> str:
    """A table with the AUC of each shortcut in each contest."""
    cells = [
        (
            row.contest,
            ", ".join(row.against),
            row.detector,
            interval(row.auc),
            f"{row.fakes + row.reals - row.abstained} of {row.fakes + row.reals}",
            row.unit,
            row.caveat,
        )
        for row in rows
    ]
    head = ("forged", "genuine", "shortcut", "AUC", "judged", "interval over", "")
    return "\n".join(table(head, cells)) + "\n"


def _of_backgrounds(
    match: Contest, backgrounds: Sequence[Mapping[str, float]], seed: int
) -> dict[Item, Verdict]:
    """Abstains where there is no background, or only one class has any."""
    abstained = dict.fromkeys(match.items, Verdict("abstained", None))
    kept = [(item, row) for item, row in zip(match.items, backgrounds, strict=True) if row]
    items = [item for item, _ in kept]
    if len({item.label for item in items}) < 2:
        return abstained
    is_fake = np.array([item.is_fake for item in items])
    scores = cross_validated_numbers(
        [row for _, row in kept], is_fake, kept_together(items), folds=FOLDS, seed=seed
    )
    return abstained | verdicts_of(items, scores)


def _format(header: Header) -> Header:
    """How large the picture is and how it was encoded, without how many bits it took."""
    return Header(
        header.kind,
        {name: header.numbers[name] for name in _FORMAT_NUMBERS if name in header.numbers},
        {name: header.words[name] for name in _FORMAT_WORDS if name in header.words},
    )


def _with_warning(row: Row) -> Row:
    if row.auc.known and row.auc.value >= SUSPICIOUS:
        return replace(row, caveat="**tells the classes apart**")
    return remark_sign(row)

"""Whether a row may be believed: what probes and baselines reach, a detector may have reached by the same shortcut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from facewarden.lab.bench.contest import Row
from facewarden.lab.bench.metrics import Interval

_LEAST_SHARE = 0.5


def judge_trust(rows: Sequence[Row], shortcuts: Sequence[Row]) -> tuple[Row, ...]:
    """Return `rows` with a caveat where a shortcut does as well in the same contest.

    Twins are compared by paired accuracy, other contests by AUC. A shortcut that judged less than half of what the
    detector judged is no rival: three lucky pairs are no proof.
    """
    return tuple(_with_caveat(row, [s for s in shortcuts if s.contest == row.contest]) for row in rows)


def remark_sign(row: Row) -> Row:
    """Say what a baseline below one half would reach with its sign turned, a choice made after the fact."""
    value = _headline(row).value
    return replace(row, caveat=f"{1 - value:.2f} with its sign turned") if value < 0.5 else row


def _with_caveat(row: Row, shortcuts: Sequence[Row]) -> Row:
    own = _headline(row)
    rivals = [s for s in shortcuts if _is_rival(s, row)]
    best = max(rivals, key=lambda rival: _headline(rival).value, default=None)
    if best is None or not own.known or _headline(best).value < own.value:
        return row
    caveat = f"not trustworthy: {best.detector} reaches {_headline(best).value:.2f}"
    return replace(row, caveat=caveat)


def _is_rival(shortcut: Row, row: Row) -> bool:
    return (
        _headline(shortcut).known
        and shortcut.detector != row.detector
        and _judged(shortcut) >= _LEAST_SHARE * _judged(row)
    )


def _judged(row: Row) -> int:
    return row.pairs if row.paired else row.fakes + row.reals - row.abstained - row.failed


def _headline(row: Row) -> Interval:
    return row.paired_accuracy if row.paired else row.auc

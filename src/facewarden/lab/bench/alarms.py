"""What the levels of a report are worth after launderings: alarms among the very same files, before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from facewarden.lab.bench.contest import Verdict
from facewarden.lab.bench.levels import flags
from facewarden.lab.dataset import Item
from facewarden.report.model import Level


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """Genuine or forged files after one laundering, and how many of those that were judged are flagged.

    Attributes:
        wash: the steps; "" for the files as they are.
        label: ``real`` (a flag is a false alarm) or ``fake`` (a flag is a find).
        flagged: level to number of files at that level or above.
    """

    detector: str
    wash: str
    label: str
    files: int
    judged: int
    flagged: dict[Level, int]


def alarm_rows(
    detector: str, wash: str, items: Sequence[Item], said: Mapping[Item, Verdict]
) -> Iterator[AlarmRow]:
    """One row for the genuine and one for the forged of `items`; none where the detector gives no levels."""
    if not any(said[item].level for item in items):
        return
    for label in ("real", "fake"):
        own = [said[item] for item in items if item.label == label]
        judged = [verdict for verdict in own if verdict.score is not None]
        yield AlarmRow(
            detector=detector,
            wash=wash,
            label=label,
            files=len(own),
            judged=len(judged),
            flagged=flags(verdict.level for verdict in judged),
        )

"""The tables after the contests: by what the files are like, after launderings, and what detectors cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from facewarden.lab.bench.alarms import AlarmRow
from facewarden.lab.bench.axes import AxisRow
from facewarden.lab.bench.cost import CostRow
from facewarden.lab.bench.levels import ALARMS
from facewarden.lab.bench.markdown import interval, table
from facewarden.lab.bench.washing import WashRow


def axes(rows: Sequence[AxisRow]) -> Iterator[str]:
    """One table for each contest; twins stand in the bin of the genuine one."""
    yield from ["", "### By what the files are like", ""]
    yield "Facts of the largest face, medians over a clip, measured apart from the detectors; twins stand together in"
    yield "the bin of the genuine one. A dash: fewer than five judged files of a class, which say nothing."
    for contest in dict.fromkeys(row.contest for row in rows):
        own = [row for row in rows if row.contest == contest]
        detectors = list(dict.fromkeys(row.detector for row in own))
        paired = any(row.pairs for row in own)
        measures = ["AUC", "pairs"] if paired else ["AUC"]
        lines: dict[tuple[str, str], list[str]] = {}
        for row in own:
            line = lines.setdefault((row.axis, row.bin), [row.axis, row.bin, str(row.fakes), str(row.reals)])
            line += [interval(row.auc), interval(row.paired_accuracy)] if paired else [interval(row.auc)]
        heads = [f"{detector}: {measure}" for detector in detectors for measure in measures]
        yield from ["", f"#### {contest}", ""]
        yield from table(["axis", "bin", "forged", "genuine", *heads], list(lines.values()))


def washes(rows: Sequence[WashRow]) -> Iterator[str]:
    """One table for each detector; the contests' AUC before and after."""
    yield from ["", "### After laundering", ""]
    yield "The same files before and after what happens to media on their way, forged and genuine alike: a seeded"
    yield "sample of each contest. AUC over the files that were judged both times; the last column counts those that"
    yield "were judged before and not after. The mean is over the contests; the drop is what the laundering costs,"
    yield "with its interval (above zero is a loss)."
    for detector in dict.fromkeys(row.detector for row in rows):
        own = [row for row in rows if row.detector == detector]
        contests = list(dict.fromkeys(name for row in own for name in row.clean))
        yield from ["", f"#### {detector}", ""]
        yield from table(
            ["laundering", *contests, "mean before", "mean after", "drop", "files", "lost"],
            [
                [
                    row.wash,
                    *(_before_after(row, contest) for contest in contests),
                    f"{row.mean_clean:.2f}",
                    f"{row.mean_washed:.2f}",
                    interval(row.drop),
                    str(row.files),
                    str(row.lost),
                ]
                for row in own
            ],
        )


def alarms(rows: Sequence[AlarmRow]) -> Iterator[str]:
    """One table for each detector: false alarms and finds at each level."""
    yield from ["", "### Alarms after laundering", ""]
    yield "Of the same files: how many of those that are judged are flagged at a level or above, genuine ones by false"
    yield "alarm. The levels' rates are meant over all that the calibration was fitted to: files as they are and, where"
    yield "it was given any, laundered ones (`lab calibrate --launder`)."
    for detector in dict.fromkeys(row.detector for row in rows):
        lines: dict[str, list[str]] = {}
        for row in (row for row in rows if row.detector == detector):
            line = lines.setdefault(row.wash, [row.wash or "as they are"])
            line += [str(row.judged), *(_share(row.flagged[level], row.judged) for level in ALARMS)]
        levels = [level.value for level in ALARMS]
        yield from ["", f"#### {detector}", ""]
        yield from table(["laundering", "genuine", *levels, "forged", *levels], list(lines.values()))


def _share(count: int, files: int) -> str:
    return f"{count} ({100 * count / files:.0f} %)" if files else "–"


def costs(rows: Sequence[CostRow]) -> Iterator[str]:
    """Seconds and memory."""
    yield from ["", "### Time and memory", ""]
    yield "Each detector alone in a fresh process, one file after another, each once after a first one that loads the"
    yield "models; measured on a small sample drawn by the seed, on the machine that made this table, whatever else it"
    yield "was doing, and kept with the scores (`--no-cache` measures anew). Memory is the most that this process held,"
    yield "Python and its libraries included; processes that only decode are not counted."
    yield ""
    yield from table(
        ("detector", "media", "files", "first file, s", "median of a file, s", "peak memory, MB"),
        [
            (
                row.detector,
                row.media,
                str(row.files),
                f"{row.first_s:.2f}",
                f"{row.median_s:.2f}",
                "–" if row.peak_bytes is None else f"{row.peak_bytes / 1e6:.0f}",
            )
            for row in rows
        ],
    )


def _before_after(row: WashRow, contest: str) -> str:
    if contest not in row.clean:
        return "–"
    return f"{row.clean[contest]:.2f} → {row.washed[contest]:.2f}"

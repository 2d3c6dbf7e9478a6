"""What a detector costs: seconds for a file, and memory, in a fresh process that asks this detector alone."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from facewarden.lab.bench.detector import Detector, ask
from facewarden.lab.dataset import Item, sha256
from facewarden.lab.workers import workers
from facewarden.media.facts import MediaKind

_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class CostRow:
    """Measured one file after another on a small fixed sample.

    Attributes:
        files: in the sample.
        first_s: seconds of the first file, with everything that is loaded for it.
        median_s: median seconds of a file, each asked once everything was loaded.
        peak_bytes: most resident memory of the process, Python and libraries included and decoding processes
            excluded; None where the system does not tell.
    """

    detector: str
    media: MediaKind
    files: int
    first_s: float
    median_s: float
    peak_bytes: int | None


def cost_rows(
    detector: Detector, items: Sequence[Item], *, most: int, seed: int, cache: Path | None = None
) -> tuple[CostRow, ...]:
    """Measure a detector on at most `most` photos, and on at most as many clips, of `items`.

    Args:
        cache: folder of scores; figures measured there before, by this version on these files, are given again.
    """
    rows: list[CostRow] = []
    kinds: tuple[MediaKind, ...] = ("photo", "clip")
    for media in kinds:
        pool = sorted((item for item in items if item.media == media), key=lambda item: str(item.path))
        chosen = np.sort(np.random.default_rng(seed).permutation(len(pool))[:most])
        paths = [pool[n].path for n in chosen]
        if paths:
            rows.append(_kept_or_measured(detector, media, paths, cache))
    return tuple(rows)


def _kept_or_measured(
    detector: Detector, media: MediaKind, paths: Sequence[Path], cache: Path | None
) -> CostRow:
    text = "".join(["2", detector.name, detector.version, media, *map(sha256, paths)])
    key = hashlib.sha256(text.encode()).hexdigest()
    store = cache / "costs.jsonl" if cache is not None else None
    if store is not None and store.is_file():
        for line in store.read_text("utf-8").splitlines():
            with suppress(ValueError, KeyError, TypeError):
                kept = json.loads(line)
                if kept.pop("key") == key:
                    return CostRow(**kept)
    # Spawned, not forked: the memory of this process must not count.
    with workers(1) as pool:
        first_s, median_s, peak_bytes = pool.submit(_measure, detector, list(paths)).result()
    row = CostRow(detector.name, media, len(paths), first_s, median_s, peak_bytes)
    if store is not None:
        store.parent.mkdir(parents=True, exist_ok=True)
        with store.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"key": key, **asdict(row)}) + "\n")
    return row


def _measure(detector: Detector, paths: Sequence[Path]) -> tuple[float, float, int | None]:
    seconds: list[float] = []
    for path in [paths[0], *paths]:
        started = time.perf_counter()
        ask(detector, path)
        seconds.append(time.perf_counter() - started)
    return round(seconds[0], 4), round(float(np.median(seconds[1:])), 4), _peak_bytes()


def _peak_bytes() -> int | None:
    """The high-water mark of this very program; what the process was before it began does not count."""
    if _STATUS.is_file():
        for line in _STATUS.read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    return None

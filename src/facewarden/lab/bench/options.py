"""What a benchmark is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from facewarden.lab.bench.lineup import DETECTORS

CACHE = Path(".cache/bench")


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """What to measure.

    Attributes:
        data: data folder; None looks where `dataset.data_root` looks.
        more: further data folders with a manifest each, such as swaps that the lab made.
        split: the split to measure on.
        methods: only these methods; all when empty.
        detectors: as `lineup.line_up` takes them.
        mesonet: folder of MesoNet's weights; None looks in its usual places.
        probes: whether to fit probes, and to split the tables by what the files are like; both look at every face once.
        probe_files: forged files, and genuine ones, of a training contest that probes are fitted to at most.
        one_rate: whether pairs of clips are measured once more at one bit rate.
        axes: whether detectors are also asked after each laundering.
        axis_detectors: which of `detectors`; all but MesoNet, the slowest, when empty.
        axis_files: forged files of each contest that are laundered at most, with as many genuine ones.
        cost_files: photos, and clips, on which time and memory are measured; 0 leaves them out.
        cache: folder for scores that were given before; None keeps nothing.
        processes: child processes, 1 or 2.
        rounds, seed: of the bootstrap; the seed draws all samples too.
    """

    data: Path | None = None
    more: tuple[Path, ...] = ()
    split: str = "dev"
    methods: tuple[str, ...] = ()
    detectors: tuple[str, ...] = DETECTORS
    mesonet: Path | None = None
    probes: bool = True
    probe_files: int = 200
    one_rate: bool = True
    axes: bool = False
    axis_detectors: tuple[str, ...] = ()
    axis_files: int = 20
    cost_files: int = 0
    cache: Path | None = CACHE
    processes: int = 2
    rounds: int = 1000
    seed: int = 0

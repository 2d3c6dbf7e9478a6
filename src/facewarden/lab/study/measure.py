"""What every network of a study is examined on: all stored faces of ``dev``, and attacks on the genuine ones.

The cases are the same for all networks, so their scores can be compared face by face. Nothing is written but scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from facewarden.inference import Network
from facewarden.lab.harden.attackset import Case, forged, stored
from facewarden.lab.harden.scores import Judge, Scored, save_scores, score
from facewarden.lab.training.export import onnx_of
from facewarden.lab.training.exported import opened
from facewarden.lab.training.files import whole
from facewarden.lab.training.shelf import FaceShelf

STORED = "stored"
"""Name of the group of stored faces; every attack makes a group of its own."""

_SEED = 1
"""Of the attacks, for all trainings of all seeds."""

Progress = Callable[[int, int], None]
"""Called as progress(completed, total)."""


@dataclass(frozen=True, slots=True)
class Exam:
    """The faces that are judged, by group. They are kept in memory: about 0.2 MB each."""

    groups: dict[str, list[Case]]

    @classmethod
    def prepared(cls, shelf: FaceShelf, kinds: Sequence[str], *, measured: int) -> Exam:
        """Cut the faces of `shelf`, and forge `measured` genuine ones by each attack of `kinds`.

        Raises:
            UsageError: an attack forges nothing on these faces.
        """
        groups = {STORED: list(stored(shelf))}
        for kind in kinds:
            groups[kind] = list(forged(shelf, kind, count=measured, seed=_SEED))
        return cls(groups)

    def __len__(self) -> int:
        return sum(map(len, self.groups.values()))

    def judged(self, name: str, network: Judge, progress: Progress) -> dict[str, list[Scored]]:
        """The scores of all files by the network called `name`."""
        done = 0

        def told(cases: Sequence[Case]) -> Iterator[Case]:
            nonlocal done
            for case in cases:
                yield case
                done += 1
                progress(done, len(self))

        return {group: score(told(cases), {name: network}) for group, cases in self.groups.items()}


def examine(name: str, weights: Path, exam: Exam, target: Path, progress: Progress) -> None:
    """Judge the exam by the network with these `weights`, as a check would, and write the scores to `target`.

    Raises:
        UsageError: the weights cannot be read, or a file cannot be written.
    """
    # Through the runtime of a check: measured four times as fast as PyTorch on a processor.
    network = weights.with_suffix(".onnx")
    with whole(network) as file:
        file.write(onnx_of(opened(weights)))
    save_scores(target, exam.judged(name, Network(network), progress))

"""Raw scores of the voting cues on the files of a split, as they are and after launderings, for a calibration.

Every file is checked as a user would check it, with no calibration in the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from facewarden.checker import Checker
from facewarden.cues import temporal_texture
from facewarden.cues.frame_forgery import NAME, WEAR, FrameForgery
from facewarden.cues.protocol import Cue
from facewarden.effort import DEFAULT
from facewarden.errors import UsageError
from facewarden.lab.dataset import Dataset, Item, sha256
from facewarden.lab.workers import workers
from facewarden.models.bundle import Bundle
from facewarden.report.model import CueReading
from facewarden.verdict.calibration import Calibration, CueMap, Threshold, Thresholds

if TYPE_CHECKING:
    from facewarden.lab.bench.altered import Laundry

Hook = Callable[[str, int, int], None]
SUPPORTING = (temporal_texture.NAME,)
_VOTING = {NAME, *SUPPORTING}


@dataclass(frozen=True, slots=True)
class Scored:
    """The voting cues' scores of each face that the network judged; none where it abstained (`reason`).

    Attributes:
        faces: cue to score, and under `WEAR` the wear of the face's pictures where the network tells it.
        wash: what was done to the file before, "" where it is as it was.
    """

    item: Item
    faces: tuple[Mapping[str, float], ...]
    reason: str = ""
    wash: str = ""

    @property
    def score(self) -> float | None:
        """The network's highest score of a face."""
        return max((face[NAME] for face in self.faces), default=None)

    @property
    def wear(self) -> float | None:
        """How worn the pictures of that face are; None where the network does not tell."""
        return self.beside(WEAR)

    def beside(self, name: str) -> float | None:
        """What a supporting cue says of the face that the network holds for the most suspicious one, or its wear."""
        return max(self.faces, key=lambda face: face[NAME]).get(name) if self.faces else None

    def llr(self, maps: Mapping[str, CueMap]) -> float:
        """The highest fused ratio of a face."""
        return max(
            sum(maps[cue].llr(score, wear=face.get(WEAR, 0.0)) for cue, score in face.items() if cue in maps)
            for face in self.faces
        )


def score_files(
    items: Sequence[Item],
    *,
    washes: Sequence[str] = (),
    processes: int = 2,
    hook: Hook | None = None,
    bundle: Bundle | None = None,
) -> list[Scored]:
    """Check every file as a user would and take the raw score, of the network in `bundle` where one is given.

    Args:
        washes: launderings, as `launder.parse` reads them, after each of which every file that was judged is checked
            once more. What they write lies in a temporary folder and goes with it.

    Raises:
        UsageError: a laundering that is none.
    """
    changes = _changes(washes)
    if bundle is not None:
        bundle.checked_network()
    with TemporaryDirectory(prefix="facewarden-calibrate-") as folder, workers(processes) as pool:
        try:
            scored = list(_told(pool.map(partial(_score, bundle=bundle), items, chunksize=4), items, hook))
            judged = [one.item for one in scored if one.faces]
            for change in changes:
                score = partial(_score_after, change=change, folder=Path(folder), bundle=bundle)
                scored += _told(pool.map(score, judged, chunksize=4), judged, hook)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return scored


def _changes(washes: Sequence[str]) -> list[Laundry]:
    if not washes:
        return []
    from facewarden.lab.attacks.launder import parse
    from facewarden.lab.bench.altered import Laundry

    return [Laundry(parse(wash)) for wash in washes]


def _told(outcomes: Iterable[Scored], items: Sequence[Item], hook: Hook | None) -> Iterator[Scored]:
    for number, outcome in enumerate(outcomes, start=1):
        yield outcome
        if hook is not None:
            hook("calibrate", number, len(items))


def usable(data: Dataset, split: str) -> list[Item]:
    """The files of a split without those that lie byte for byte in another split as well.

    Raises:
        UsageError: the split is empty, or a file of the data set cannot be read.
    """
    items = data.select(split=split)
    if not items:
        splits = ", ".join(sorted({item.split for item in data.items}))
        raise UsageError(
            f"{data.root} has no files in the split {split}; it has {splits or 'no files at all'}."
        )
    try:
        elsewhere = {sha256(item.path) for item in data.items if item.split != split}
        return [item for item in items if sha256(item.path) not in elsewhere]
    except OSError as error:
        raise UsageError(
            f"{error.filename} is in the manifest but cannot be read: {error.strerror}."
        ) from error


def _score_after(item: Item, *, change: Laundry, folder: Path, bundle: Bundle | None = None) -> Scored:
    with TemporaryDirectory(dir=folder) as own:
        altered = replace(item, path=change.write(item.path, Path(own, "altered")))
        return replace(_score(altered, bundle), item=item, wash=change.label)


def _score(item: Item, bundle: Bundle | None = None) -> Scored:
    report = _checker(bundle).check(item.path)
    said = [_said(face.cues) for face in report.faces]
    faces = tuple(scores for scores in said if NAME in scores)
    return Scored(item, faces) if faces else Scored(item, (), report.reason or "no_face")


def _said(readings: Sequence[CueReading]) -> dict[str, float]:
    """The scores of the voting cues of a face, and its wear."""
    said = {r.cue: r.score for r in readings if r.cue in _VOTING and r.score is not None}
    wear = next((r.facts[WEAR] for r in readings if r.cue == NAME and WEAR in r.facts), None)
    return said if wear is None else said | {WEAR: float(wear)}


@cache
def _checker(bundle: Bundle | None = None) -> Checker:
    flat = Threshold(llr=1e9, false_positive_rate=0, measured=0, true_positive_rate=0)
    neutral = Calibration(
        version="none",
        cues={NAME: CueMap(slope=1, intercept=0, bound=1e9)},
        thresholds=Thresholds(no_sign=1e9, missed_below_no_sign=0, weak=flat, likely=flat, very_likely=flat),
        prior=0.5,
        models={},
        card={},
    )
    cues: list[Cue] | None = None
    if bundle:
        cues = [
            FrameForgery(samples_per_s=DEFAULT.samples_per_s, bundle=bundle),
            temporal_texture.TemporalTexture(),
        ]
    return Checker(calibration=neutral, cues=cues)

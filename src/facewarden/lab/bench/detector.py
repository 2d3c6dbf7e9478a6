"""What a benchmark asks of a detector, and the runner that asks it about many files.

A detector gives a score or abstains; it never hides an abstention in a score. An error of the detector is a
failure, counted apart from abstentions.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from math import isfinite
from multiprocessing import active_children
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from facewarden.errors import FacewardenError, ModelError, UsageError
from facewarden.lab.dataset import Item, sha256
from facewarden.lab.workers import workers

logger = logging.getLogger(__name__)

State = Literal["judged", "abstained", "failed"]

Hook = Callable[[str, int, int], None]
"""Told ``(step, completed, total)`` while work goes on: one seam for a terminal bar, a page and the tests."""

MOST_PROCESSES = 2


@runtime_checkable
class Detector(Protocol):
    """Anything that scores a file. It must be picklable, for it may work in a child process.

    Attributes:
        name: as the tables print it.
        version: changes whenever a score may change; part of the key under which scores are kept.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def predict(self, path: Path) -> float | None:
        """Return a score, higher is more suspicious, or None where it abstains. Never one half for None."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A detector's word on one file, with what else it wants to have measured.

    Attributes:
        score: higher is more suspicious; None where it abstains.
        level: the level of a report, "" for a detector without levels.
        reason: stable code of the abstention.
        parts: scores of the detector's components; each is measured as a detector of its own.
        is_probability: whether `score` claims to be the probability of a forgery.
    """

    score: float | None
    level: str = ""
    reason: str = ""
    parts: dict[str, float] = field(default_factory=dict)
    is_probability: bool = False


@runtime_checkable
class DetailedDetector(Detector, Protocol):
    """A detector that says more than a score; the runner then calls `judge` alone."""

    def judge(self, path: Path) -> Judgement: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file. `judgement.score` is a number exactly when `state` is ``judged``."""

    item: Item
    state: State
    judgement: Judgement


def run(
    detector: Detector,
    items: Sequence[Item],
    *,
    cache: Path | None = None,
    processes: int = 1,
    hook: Hook | None = None,
) -> tuple[Outcome, ...]:
    """Ask `detector` about every item; returns the outcomes in the order of the items.

    Args:
        cache: folder for scores that were given before (key: detector, version, SHA-256 of the file). It
            holds digests and numbers, no picture and no path. Failures are never kept.
        processes: child processes, at most 2; 1 works in this process.
        hook: told how many of the items are done.

    Raises:
        ModelError, UsageError: the detector cannot work at all, for want of a model or an extra.
    """
    if not 1 <= processes <= MOST_PROCESSES:
        raise ValueError(f"processes must be 1 or {MOST_PROCESSES}, but got {processes}")
    store = ScoreStore(cache / f"{_file_name(detector)}.jsonl") if cache is not None else None
    digests = [sha256(item.path) for item in items] if store is not None else [""] * len(items)
    known = store.read() if store is not None else {}
    outcomes: dict[int, Outcome] = {
        n: _outcome(items[n], known[digest]) for n, digest in enumerate(digests) if digest in known
    }
    todo = [n for n in range(len(items)) if n not in outcomes]
    for n, judgement in _work(detector, items, todo, processes=processes):
        outcomes[n] = _outcome(items[n], judgement)
        if store is not None and judgement is not None:
            store.add(digests[n], judgement)
        if hook is not None:
            hook(detector.name, len(outcomes), len(items))
    return tuple(outcomes[n] for n in range(len(items)))


class ScoreStore:
    """Judgements kept in one JSON Lines file; a half-written last line is passed over."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, Judgement]:
        """Return digest to judgement; empty where nothing was kept."""
        known: dict[str, Judgement] = {}
        if self._path.is_file():
            for line in self._path.read_text("utf-8").splitlines():
                with suppress(ValueError, KeyError, TypeError):
                    row = json.loads(line)
                    digest = row.pop("sha256")
                    known[digest] = Judgement(**row)
        return known

    def add(self, digest: str, judgement: Judgement) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"sha256": digest, **asdict(judgement)}) + "\n")


def _work(
    detector: Detector, items: Sequence[Item], todo: Sequence[int], *, processes: int
) -> Iterator[tuple[int, Judgement | None]]:
    if processes == 1 or len(todo) < 2:
        for n in todo:
            yield n, ask(detector, items[n].path)
        return
    others = active_children()
    with workers(processes) as pool:
        # The detector travels with a share of the files, not with each: its networks are loaded once a share.
        shares = [todo[start : start + _SHARE] for start in range(0, len(todo), _SHARE)]
        jobs = {pool.submit(_ask_all, detector, [items[n].path for n in share]): share for share in shares}
        try:
            for job in as_completed(jobs):
                yield from zip(jobs[job], job.result(), strict=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            # Who asks to stop does not wait for a share of files to be finished.
            ended = [child for child in active_children() if child not in others]
            for child in ended:
                child.terminate()
            for child in ended:
                child.join(_PATIENCE_S)
            raise


_SHARE = 16
_PATIENCE_S = 5.0


def _ask_all(detector: Detector, paths: Sequence[Path]) -> list[Judgement | None]:
    return [ask(detector, path) for path in paths]


def ask(detector: Detector, path: Path) -> Judgement | None:
    """Return the judgement, None where the detector failed."""
    try:
        if isinstance(detector, DetailedDetector):
            judgement = detector.judge(path)
        else:
            judgement = Judgement(detector.predict(path))
    except (ModelError, UsageError):
        raise  # The detector itself is not in order: no word on the file.
    except (FacewardenError, OSError, RuntimeError, ValueError, ArithmeticError, LookupError) as error:
        # Only the kind of error: messages of decoders may quote what is in the file.
        logger.warning("%s failed on one file: %s", detector.name, type(error).__name__)
        return None
    if judgement.score is not None and not isfinite(judgement.score):
        logger.warning("%s gave a score that is no number", detector.name)
        return None
    return judgement


def _outcome(item: Item, judgement: Judgement | None) -> Outcome:
    if judgement is None:
        return Outcome(item, "failed", Judgement(None))
    return Outcome(item, "abstained" if judgement.score is None else "judged", judgement)


def _file_name(detector: Detector) -> str:
    text = f"{detector.name}-{detector.version}"
    return "".join(c if c.isalnum() or c in "-._" else "_" for c in text)

"""Does the face, picture by picture, carry traces of forgery: our own network on aligned crops.

The network (see the card beside ``models/frame_forgery.onnx``) gives a logit for the crop and a map of where the
forgery is. A track's score is the mean of its logits over time: leaning on its most suspicious moments was tried,
and it raised genuine clips more than forged ones. A photo without traces is looked at in two worse copies as well
(`cues.steadiness`).
"""

from __future__ import annotations

import heapq
import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from facewarden.cues.fitness import main_reason, unfit
from facewarden.cues.protocol import Needs
from facewarden.cues.reading import Heat, Moment, Reading, Span
from facewarden.cues.steadiness import jump, worse_copies
from facewarden.faces.track import CROP_SIZE, FaceSample, FaceTrack
from facewarden.inference import LARGEST_BATCH, Network
from facewarden.media.facts import MediaFacts
from facewarden.messages import Message, Parameter
from facewarden.models import ModelCard, model_card, model_path
from facewarden.models.bundle import Bundle

NAME = "frame_forgery"
MODEL = "frame_forgery.onnx"
WEAR = "wear"
"""The fact of a reading that tells how worn the pictures of a face are, from 0 to 1; only newer networks tell it."""
WORN_FROM = 0.5
"""The wear from which a report says that fewer forgeries are found in such pictures."""
_KEPT_HEATS = 3
_MIN_MOMENTS = 2
"""A face of a clip that was seen well only once is not judged: one frame of motion blur looks like anything. Nor is one
that was too blurred more often than not: its better moments lie at the edge of what was calibrated."""


class FrameForgery:
    """The cue; loads its network when the first file is opened."""

    name = NAME

    def __init__(self, *, samples_per_s: float = 2.0, bundle: Bundle | None = None) -> None:
        """`bundle` is judged by instead of the model in use; it needs no calibration (the lab fits one)."""
        self.needs = Needs(samples_per_s=samples_per_s)
        self._bundle = bundle
        self._network: Network | None = None

    def open(self, facts: MediaFacts) -> ForgerySession:
        """Begin with a file. Raises ModelError where the network is missing or was altered."""
        if self._network is None:
            path = model_path(MODEL) if self._bundle is None else self._bundle.checked_network()
            self._network = Network(path, threads=_threads())
            if facts.kind == "clip":
                self._network.prepare((LARGEST_BATCH, 3, CROP_SIZE, CROP_SIZE))
        card = None if self._bundle is None else self._bundle.card()
        return ForgerySession(self._network, photo=facts.kind == "photo", card=card)


class ForgerySession:
    """The cue at work on one file."""

    def __init__(self, network: Network, *, photo: bool, card: ModelCard | None = None) -> None:
        self._network = network
        self._photo = photo
        self._tracks: dict[int, _Track] = defaultdict(_Track)
        card = card or model_card(MODEL)
        self._seen = float(card.moment_thresholds["seen"])
        self._unclear = float(card.moment_thresholds["unclear"])
        # Fitted for each network (`facewarden lab steadiness`); a card without it switches the look at copies off.
        self._unstable = card.moment_thresholds.get("unstable")

    def see(self, samples: Sequence[FaceSample]) -> None:
        """Score the fit samples in one batch (a photo also mirrored, and both averaged)."""
        fit = []
        for sample in samples:
            reason = unfit(sample)
            if reason is None:
                fit.append(sample)
            else:
                self._tracks[sample.track].unfit[reason] += 1
        if not fit:
            return
        logits, heats, wears = self._run([sample.crop_rgb for sample in fit])
        for sample, logit, heat, wear in zip(fit, logits, heats, wears, strict=True):
            seen = self._tracks[sample.track]
            seen.add(sample.time_s, float(logit), heat)
            if wear is not None:
                seen.wears.append(wear)
            if self._photo and self._unstable is not None and logit < self._unclear:
                seen.jump = self._jump(sample, float(logit))

    def score_at(self, track: int, time_s: float) -> float | None:
        """The logit of one moment that was seen, None where it was unfit."""
        return next((logit for t, logit in reversed(self._tracks[track].logits) if t == time_s), None)

    def conclude(self, track: FaceTrack) -> Reading:
        """Pool the track's logits."""
        seen = self._tracks.pop(track.number, _Track())
        if not seen.logits:
            return Reading.abstention(NAME, main_reason(seen.unfit))
        if not self._photo and seen.is_too_little:
            return Reading.abstention(NAME, main_reason(seen.unfit) if seen.unfit else "too_short")
        score = pooled(seen.logits)
        if self._unstable is not None and seen.jump >= self._unstable:
            return Reading.abstention(NAME, "unstable")
        wear = round(float(np.mean(seen.wears)), 3) if seen.wears else None
        facts: dict[str, Parameter] = {
            "samples": len(seen.logits),
            "unfit_samples": sum(seen.unfit.values()),
            "threshold": round(_squash(self._seen), 4),
        }
        return Reading(
            cue=NAME,
            score=score,
            sentence=self._sentence(seen, score),
            spans=_spans(seen.logits, self._seen),
            series=tuple(Moment(t, _squash(logit)) for t, logit in seen.logits),
            heats=tuple(Heat(t, grid) for _, t, grid in sorted(seen.hottest, key=lambda h: -h[0])),
            facts=facts if wear is None else facts | {WEAR: wear},
            wear=wear or 0.0,
        )

    def _run(
        self, crops: list[npt.NDArray[np.uint8]]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], list[float | None]]:
        """Logits, maps, and wear, None where the network does not tell it."""
        batch = np.stack(crops).transpose(0, 3, 1, 2).astype(np.float32)
        count = len(crops)
        logits, heats, *more = self._network(
            np.concatenate([batch, batch[..., ::-1]]) if self._photo else batch
        )
        wears: list[float | None] = more[0].reshape(-1)[:count].tolist() if more else [None] * count
        if not self._photo:
            return logits.reshape(-1), _sigmoid(heats), wears
        mean: npt.NDArray[np.float32] = logits.reshape(2, count).mean(0)
        heat: npt.NDArray[np.float32] = np.mean([heats[:count], heats[count:, :, ::-1]], axis=0)
        return mean, _sigmoid(heat), wears

    def _jump(self, sample: FaceSample, logit: float) -> float:
        worse = np.stack(worse_copies(sample.crop_rgb)).transpose(0, 3, 1, 2).astype(np.float32)
        return jump(logit, self._network(worse)[0].reshape(-1))

    def _sentence(self, seen: _Track, score: float) -> Message:
        if score < self._unclear:
            return Message(f"cue.{NAME}.not_seen")
        if score < self._seen:
            return Message(f"cue.{NAME}.unclear")
        if self._photo:
            return Message(f"cue.{NAME}.seen_photo")
        percent = round(100 * float(np.mean([logit >= self._seen for _, logit in seen.logits])))
        peak = max(seen.logits, key=lambda moment: moment[1])[0]
        return Message(f"cue.{NAME}.seen", {"percent": percent, "at": clock(peak)})


@dataclass(slots=True)
class _Track:
    logits: list[tuple[float, float]] = field(default_factory=list)
    unfit: Counter[str] = field(default_factory=Counter)
    hottest: list[tuple[float, float, npt.NDArray[np.float32]]] = field(default_factory=list)
    jump: float = float("-inf")
    wears: list[float] = field(default_factory=list)

    @property
    def is_too_little(self) -> bool:
        return len(self.logits) < max(_MIN_MOMENTS, self.unfit["too_blurred"])

    def add(self, time_s: float, logit: float, heat: npt.NDArray[np.float32]) -> None:
        self.logits.append((time_s, logit))
        entry = (logit, time_s, heat)
        if len(self.hottest) < _KEPT_HEATS:
            heapq.heappush(self.hottest, entry)
        elif logit > self.hottest[0][0]:
            heapq.heapreplace(self.hottest, entry)


def _threads() -> int:
    """Half of the cores: the others decode and follow the faces. A second thread made a face 1.4 times as costly."""
    return max(1, (os.cpu_count() or 1) // 2)


def pooled(moments: Sequence[tuple[float, float]]) -> float:
    """One score for many (time_s, logit): the mean over the seconds of the mean within each.

    So that a stretch that was looked at more often weighs no more than another.
    """
    seconds: dict[int, list[float]] = defaultdict(list)
    for time_s, logit in moments:
        seconds[int(time_s)].append(logit)
    return float(np.mean([np.mean(logits) for logits in seconds.values()]))


def clock(time_s: float) -> str:
    """Seconds as a person reads them: ``0:07``, ``1:02:30``."""
    minutes, seconds = divmod(int(time_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _spans(logits: list[tuple[float, float]], threshold: float) -> tuple[Span, ...]:
    """Runs of moments at or above the threshold, longest first, five at most."""
    runs: list[Span] = []
    start: float | None = None
    last = 0.0
    for time_s, logit in logits:
        if logit >= threshold:
            start = time_s if start is None else start
            last = time_s
        elif start is not None:
            runs.append(Span(start, last))
            start = None
    if start is not None:
        runs.append(Span(start, last))
    return tuple(sorted(runs, key=lambda span: span.start_s - span.end_s)[:5])


def _squash(logit: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(logit, -30, 30))))


def _sigmoid(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return (1 / (1 + np.exp(-np.clip(values, -30, 30)))).astype(np.float32)

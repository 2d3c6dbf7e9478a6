"""From a target file to a forged one: the only path, with every safeguard on it.

Consent for the face that is put in, a nudity check of the target, a line in the log before and after, and all marks
(`facewarden.lab.marks.marked`). Files in, files out: there is no camera here, and no stream.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from facewarden.errors import UsageError
from facewarden.faces.finder import FaceFinder
from facewarden.faces.mesh import MeshFace
from facewarden.faces.tracker import FaceTracker
from facewarden.lab.attacks.protocol import Attack, Audible, Scene, TrainedAttack, Workshop
from facewarden.lab.generators.fit import discard
from facewarden.lab.marks.marked import PREFIX, write_marked_clip, write_marked_photo
from facewarden.lab.safeguards import ledger
from facewarden.lab.safeguards.consent import Consent, consent_for
from facewarden.lab.safeguards.nudity import refuse_nudity
from facewarden.media import Limits, open_media
from facewarden.media.frame import ImageRGB
from facewarden.media.sound import Sound, sound_of

LIMITS = Limits(max_bytes=1 << 30, max_duration_s=120.0, max_clip_pixels=3840 * 2176)
"""Test material is short."""

_FACE_MARGIN = 0.3
"""How far, in heights of the face, the banner keeps away from it."""

_MOST_LOOKED_AT = 60
_MOST_LEARNT = 600
"""Frames of a clip that a generator learns from."""
_FACELESS = ("replay", "whole_image")
_PHOTOS, _CLIPS = (".jpg", ".jpeg", ".png"), (".mp4",)

Hook = Callable[[str, float], None]
"""Called as hook(step, fraction 0..1): ``look`` for faces, ``train`` where the attack does, then ``forge``."""


@dataclass(frozen=True, slots=True)
class _Seen:
    path: Path
    kind: str
    sha256: str
    frame_rate: float
    has_audio: bool
    faces: list[tuple[MeshFace, ...]]


def forge_file(
    attack: Attack,
    target: Path,
    output: Path,
    *,
    source: Path | None = None,
    consent: Path | None = None,
    work: Path | None = None,
    seed: int = 0,
    hook: Hook | None = None,
) -> Path:
    """Attack a photo or a clip and write the marked forgery; return where it is.

    Args:
        attack: what to do (`facewarden.lab.attacks.registry.make`).
        target: a photo, or a clip of at most two minutes. Sound is left out, but by attacks on it (`Audible`).
        output: ``.jpg`` or ``.png`` for a photo, ``.mp4`` for a clip; the name gets the prefix ``LAB-``.
        source: the photo or clip whose face is put in, for attacks that need one.
        consent: its record; else looked for beside it and among those that ship.
        work: folder for the checkpoint and the marked previews of an attack that trains a generator; an interrupted
            training goes on from there. Its weights are deleted once the forgery is made.

    Raises:
        MediaError: a file cannot be read.
        UsageError: there is no consent, the target shows nudity or no face, the log or the output cannot be
            written, or the kinds of the files do not fit.
    """
    given, record = _source(attack, source, consent, hook)
    seen = _look(target, hook)
    check_output(output, seen.kind)
    if attack.name not in _FACELESS and not any(seen.faces):
        raise UsageError(f"No face was found in {target.name}, so there is nothing to forge.")
    sound = _sound(attack, target, seen)
    name = output.name if output.name.startswith(PREFIX) else PREFIX + output.name
    parameters = {**asdict(attack), "seed": seed}  # type: ignore[call-overload]
    forgery = ledger.Forgery(attack.name, parameters, seen.sha256, record, name)
    ledger.note("begun", forgery)
    ready, source_rgb = attack, given if isinstance(given, np.ndarray) else None
    if isinstance(attack, TrainedAttack):
        learnt = _scenes(given, most=_MOST_LEARNT) if isinstance(given, _Seen) else iter(())
        ready = attack.train(_scenes(seen, most=_MOST_LEARNT), learnt, Workshop(seed, work, hook))
    forged = ready.forge(_scenes(seen, hook), source_rgb=source_rgb, seed=seed)
    boxes = [box for faces in seen.faces for box in kept_clear(faces)]
    if seen.kind == "photo":
        written = write_marked_photo(next(forged).image_rgb, output, boxes=boxes)
    else:
        written = write_marked_clip(
            (frame.image_rgb for frame in forged),
            output,
            frame_rate=seen.frame_rate,
            boxes=boxes,
            sound=sound,
        )
    ledger.note("made", forgery, output_sha256=hashlib.sha256(written.read_bytes()).hexdigest())
    if work is not None:
        discard(work)
    return written


def kept_clear(faces: tuple[MeshFace, ...] | list[MeshFace]) -> list[list[float]]:
    """The boxes, x0 y0 x1 y1 in pixels, that the banner keeps away from."""
    margins = [_FACE_MARGIN * float(face.box_xyxy[3] - face.box_xyxy[1]) for face in faces]
    return [
        [float(v) for v in (*(face.box_xyxy[:2] - margin), *(face.box_xyxy[2:] + margin))]
        for face, margin in zip(faces, margins, strict=True)
    ]


def _source(
    attack: Attack, source: Path | None, consent: Path | None, hook: Hook | None
) -> tuple[ImageRGB | _Seen | None, Consent | None]:
    """The photo, or the clip as it was looked at, and the record that covers it."""
    if not attack.needs_source:
        if source is not None or consent is not None:
            raise UsageError(f"{attack.name} puts in nobody's face, so it takes no source.")
        return None, None
    if source is None:
        raise UsageError(f"{attack.name} needs a source {attack.source_kind}: the face that is put in.")
    with open_media(source, limits=LIMITS) as media:
        if media.facts.kind != attack.source_kind:
            raise UsageError(
                f"The source must be a {attack.source_kind}, but {source.name} is a {media.facts.kind}."
            )
        record = consent_for(source, media.facts.sha256, named=consent)
        if attack.source_kind == "photo":
            return next(media.frames()).image_rgb, record
    return _look(source, hook), record


def _sound(attack: Attack, target: Path, seen: _Seen) -> Sound | None:
    if not isinstance(attack, Audible):
        return None
    sound = sound_of(target, limits=LIMITS) if seen.has_audio else None
    if sound is None and attack.audio_delay_ms:
        raise UsageError(f"{target.name} has no sound that could come late; leave audio_delay_ms at 0.")
    return None if sound is None else sound.delayed(attack.audio_delay_ms / 1000)


def check_output(output: Path, kind: str) -> None:
    """Raise UsageError where `output` has no suffix for a ``photo`` or a ``clip``."""
    wanted = _PHOTOS if kind == "photo" else _CLIPS
    if output.suffix.lower() not in wanted:
        raise UsageError(f"A {kind} is written as {' or '.join(wanted)}, but got {output.name!r}.")


def _look(target: Path, hook: Hook | None) -> _Seen:
    """Find the faces of all frames, and check a frame of every two seconds for nudity."""
    faces: list[tuple[MeshFace, ...]] = []
    with open_media(target, limits=LIMITS, frames_per_s=None) as media:
        photo = media.facts.kind == "photo"
        finder = FaceFinder()
        tracker = FaceTracker(finder=finder, photo=photo)
        next_check_s, checked = 0.0, 0
        for frame in media.frames():
            if frame.time_s >= next_check_s and checked < _MOST_LOOKED_AT:
                refuse_nudity([frame.image_rgb])
                next_check_s, checked = frame.time_s + 2.0, checked + 1
            sighting = tracker.update(frame)
            faces.append(tuple(track.face for track in sighting.tracks))
            if hook is not None:
                hook("look", media.progress)
        facts = media.facts
        return _Seen(target, facts.kind, facts.sha256, facts.frame_rate or 25.0, facts.has_audio, faces)


def _scenes(seen: _Seen, hook: Hook | None = None, *, most: int | None = None) -> Iterator[Scene]:
    """The frames of a file with their faces; of a long clip every second, third ... so that at most `most` come."""
    step = 1 if most is None else max(1, -(-len(seen.faces) // most))
    with open_media(seen.path, limits=LIMITS, frames_per_s=None) as media:
        if media.facts.sha256 != seen.sha256:
            raise UsageError(f"{seen.path.name} changed while it was read; run the command again.")
        for number, (frame, faces) in enumerate(zip(media.frames(), seen.faces, strict=False)):
            if hook is not None:
                hook("forge", media.progress)
            if number % step == 0:
                yield Scene(frame, faces)

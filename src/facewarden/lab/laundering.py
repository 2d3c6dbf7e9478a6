"""`launder` for files: what platforms, messengers and screens do to a photo or a clip, genuine or forged.

A laundered genuine file carries no mark, or detectors could not be tested with it. A forgery of the lab must not lose
its marks on the way, so the rule is: *whatever shows any sign of the lab, or says of itself that AI made it, comes out
with all marks, fresh* (`facewarden.lab.marks.marked`). The signs are looked for in the file as it comes in, before
the first step, and each one alone is enough: a name that begins with ``LAB-``, the invisible mark in any frame, the
lab's credentials, credentials that do not fit the content, any declaration of AI.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from facewarden.cues.lab_mark import find_lab_mark
from facewarden.cues.provenance import ProvenanceCue
from facewarden.errors import UsageError
from facewarden.faces.tracker import FaceTracker
from facewarden.lab.attacks.launder import Wash, washed
from facewarden.lab.coding import CODECS, crf_options, encode, replaced_whole
from facewarden.lab.marks.marked import PREFIX, write_marked_clip, write_marked_photo
from facewarden.lab.safeguards import ledger
from facewarden.lab.studio import LIMITS, check_output, kept_clear
from facewarden.media import MediaFacts, open_media
from facewarden.media.frame import Frame, ImageRGB
from facewarden.media.sound import Sound, sound_of

Hook = Callable[[str, float], None]
"""Called as hook(step, fraction 0..1): ``look`` for marks and faces, then ``launder``."""

_TOGETHER = 8
_PLAIN_CRF = 12
"""Of a clip whose last step is no codec: as good as unchanged."""
_PLAIN_QUALITY = 95


@dataclass(frozen=True, slots=True)
class _Input:
    path: Path
    facts: MediaFacts
    signs: tuple[str, ...]


def launder_file(
    source: Path, output: Path, steps: Sequence[Wash], *, hook: Hook | None = None
) -> tuple[Path, tuple[str, ...]]:
    """Take a photo, or a clip of at most two minutes, through `steps` in their order and write it.

    Args:
        output: ``.jpg`` or ``.png`` for a photo, ``.mp4`` for a clip, whose sound comes along as one channel of 16 kHz.

    Returns:
        Where it is, and the signs for which it was marked: ``name``, ``invisible mark``, ``credentials``,
        ``damaged credentials``, ``declares AI``; none for a file that was written without marks.

    Raises:
        MediaError: the file cannot be read.
        UsageError: there is no step, the kinds of the files do not fit, the output cannot be written, or is the input.
    """
    if not steps:
        raise UsageError("Name at least one --step, such as --step 480p or --step crf=28.")
    looked_at = _look(source, hook)
    check_output(output, looked_at.facts.kind)
    if output.exists() and output.samefile(source):
        raise UsageError("The output is the input; name another file.")
    if looked_at.signs:
        return _marked(looked_at, output, steps, hook), looked_at.signs
    if output.name.upper().startswith(PREFIX):
        raise UsageError(
            f"Names that begin with {PREFIX} are for forgeries; this file shows no sign of being one."
        )
    with replaced_whole(output) as place:
        if looked_at.facts.kind == "photo":
            _write_photo(looked_at, place, output.suffix.lower(), steps)
        else:
            _write_clip(looked_at, place, steps, hook)
    return output, ()


def lab_signs(path: Path, hook: Hook | None = None) -> tuple[str, ...]:
    """The signs in the file at `path` that the lab (or any AI) made it; see `launder_file`."""
    return _look(path, hook).signs


def _look(path: Path, hook: Hook | None) -> _Input:
    with open_media(path, limits=LIMITS, frames_per_s=None) as media:
        together: list[ImageRGB] = []
        found = False
        for frame in media.frames():
            # Every frame alone, so that no marked stretch is passed over; a few together, so that a weak mark is not.
            found = found or find_lab_mark([frame.image_rgb]).present
            together.append(frame.image_rgb)
            if len(together) == _TOGETHER:
                found = found or find_lab_mark(together).present
                together = []
            if hook is not None:
                hook("look", media.progress)
        found = found or find_lab_mark(together).present
        facts = media.facts
    origin = ProvenanceCue().origin(path, facts)
    signs = {
        "name": path.name.upper().startswith(PREFIX),
        "invisible mark": found,
        "credentials": origin.lab_marked,
        "damaged credentials": origin.c2pa in ("invalid", "not_checked"),
        "declares AI": origin.declares_ai,
    }
    return _Input(path, facts, tuple(name for name, seen in signs.items() if seen))


def _frames(looked_at: _Input, hook: Hook | None = None) -> Iterator[ImageRGB]:
    with open_media(looked_at.path, limits=LIMITS, frames_per_s=None) as media:
        if media.facts.sha256 != looked_at.facts.sha256:
            raise UsageError(f"{looked_at.path.name} changed while it was read; run the command again.")
        for frame in media.frames():
            yield frame.image_rgb
            if hook is not None:
                hook("launder", media.progress)


def _marked(looked_at: _Input, output: Path, steps: Sequence[Wash], hook: Hook | None) -> Path:
    facts = looked_at.facts
    name = output.name if output.name.startswith(PREFIX) else PREFIX + output.name
    entry = ledger.Forgery("launder", {"steps": [s.label for s in steps]}, facts.sha256, None, name)
    ledger.note("begun", entry)
    rate = _rate(facts)

    def laundered(hook: Hook | None = None) -> Iterator[ImageRGB]:
        return washed(_frames(looked_at, hook), steps, frame_rate=rate)

    tracker = FaceTracker(photo=facts.kind == "photo")
    boxes = [
        box
        for number, image in enumerate(laundered())
        for box in kept_clear(
            [t.face for t in tracker.update(Frame(image, float(number / rate), number)).tracks]
        )
    ]
    if facts.kind == "photo":
        written = write_marked_photo(next(laundered(hook)), output, boxes=boxes)
    else:
        written = write_marked_clip(
            laundered(hook), output, frame_rate=rate, boxes=boxes, sound=_sound(looked_at)
        )
    ledger.note("made", entry, output_sha256=hashlib.sha256(written.read_bytes()).hexdigest())
    return written


def _write_photo(looked_at: _Input, place: Path, suffix: str, steps: Sequence[Wash]) -> None:
    """A last step ``jpeg`` is the file's own compression: it is not compressed twice."""
    own = steps[-1] if suffix != ".png" and steps[-1].kind == "jpeg" else None
    image = next(washed(_frames(looked_at), steps[:-1] if own else steps))
    form = "PNG" if suffix == ".png" else "JPEG"
    quality = {} if form == "PNG" else {"quality": own.strength if own else _PLAIN_QUALITY}
    with place.open("wb") as file:
        Image.fromarray(np.ascontiguousarray(image)).save(file, form, **quality)


def _write_clip(looked_at: _Input, place: Path, steps: Sequence[Wash], hook: Hook | None) -> None:
    """A last step with a codec is the file's own compression: it is not compressed twice."""
    own = steps[-1] if steps[-1].kind in CODECS else None
    rate = _rate(looked_at.facts)
    frames = washed(_frames(looked_at, hook), steps[:-1] if own else steps, frame_rate=rate)
    codec = own.kind if own else "h264"
    options = crf_options(codec, own.strength if own else _PLAIN_CRF)
    with place.open("w+b") as file:
        written = encode(frames, file, rate=rate, options=options, codec=codec, sound=_sound(looked_at))
    if written is None:
        raise UsageError(f"{looked_at.path.name} has no frame that can be read, so nothing was written.")


def _rate(facts: MediaFacts) -> Fraction:
    return Fraction(facts.frame_rate or 25.0).limit_denominator(1001)


def _sound(looked_at: _Input) -> Sound | None:
    return sound_of(looked_at.path, limits=LIMITS) if looked_at.facts.has_audio else None

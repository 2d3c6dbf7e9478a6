"""What a file says of its own origin: signed credentials, declarations of AI, traces of programs.

Facts, never a vote: all of it can be removed, and most of it can be invented.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from facewarden.cues import _declarations as declarations
from facewarden.cues.reading import Reading
from facewarden.errors import MediaError, UsageError
from facewarden.media import run_sandboxed
from facewarden.media.facts import MediaFacts
from facewarden.messages import Message

NAME = "provenance"
TRUST_VARIABLE = "FACEWARDEN_C2PA_TRUST"
LAB_GENERATOR = "facewarden-lab"
"""Claim generator in the credentials of the forgeries that the lab of this project makes."""

C2paState = Literal["none", "trusted", "untrusted", "invalid", "not_checked"]

_JOB = "facewarden.cues._c2pa_job:read_c2pa"
_STATES: dict[str, C2paState] = {"Trusted": "trusted", "Valid": "untrusted", "Invalid": "invalid"}
_MIME = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "tiff": "image/tiff",
    "heif": "image/heic",
    "heif-sequence": "image/heic",
    "avif": "image/avif",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "avi": "video/avi",
}
"""Containers that can hold credentials at all."""

_MAX_ANCHORS_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Origin:
    """Everything that a file says of its origin.

    Attributes:
        c2pa: ``none``, ``trusted`` (valid, and the signer is on the configured trust list), ``untrusted``
            (intact, signer not on it), ``invalid`` (does not fit the content), ``not_checked``.
        signer, claim_generator: as the credentials name them; None without valid ones.
        digital_source_type: the most telling IPTC term that credentials or tags declare.
        declares_ai: the file itself declares that AI made or changed it.
        lab_marked: the credentials name the lab of this project as their maker.
        findings: sentences, the most telling first.
    """

    c2pa: C2paState
    signer: str | None = None
    claim_generator: str | None = None
    digital_source_type: str | None = None
    declares_ai: bool = False
    lab_marked: bool = False
    findings: tuple[Message, ...] = ()

    def reading(self) -> Reading:
        """Return the origin as a reading without a score."""
        facts: dict[str, str | int | float] = {"c2pa": self.c2pa, "declares_ai": int(self.declares_ai)}
        for key in ("signer", "claim_generator", "digital_source_type"):
            if value := getattr(self, key):
                facts[key] = value
        sentence = self.findings[0] if self.findings else Message(f"cue.{NAME}.nothing")
        return Reading(cue=NAME, sentence=sentence, facts=facts)


class ProvenanceCue:
    """Examines the origin of a file. A `FileCue`.

    Args:
        trust_anchors: PEM file with the root certificates whose signers count as trusted; by default the
            file that FACEWARDEN_C2PA_TRUST names, or none, and then no signer is trusted.
    """

    name = NAME

    def __init__(self, *, trust_anchors: Path | None = None) -> None:
        named = os.environ.get(TRUST_VARIABLE)
        self._trust_anchors = trust_anchors or (Path(named) if named else None)

    def examine(self, path: Path, facts: MediaFacts) -> Reading:
        """Return the origin of `path` as a reading that explains and does not vote."""
        return self.origin(path, facts).reading()

    def origin(self, path: Path, facts: MediaFacts) -> Origin:
        """Return all that the file at `path` says of its origin. Raises UsageError for a bad trust list."""
        credentials = _read_credentials(path, facts.container, self._anchors())
        return _combine(credentials, path, facts)

    def _anchors(self) -> str | None:
        if self._trust_anchors is None:
            return None
        try:
            with self._trust_anchors.open("rb") as stream:
                text = stream.read(_MAX_ANCHORS_BYTES).decode("ascii")
        except (OSError, UnicodeDecodeError):
            text = ""
        if "-----BEGIN CERTIFICATE-----" not in text:
            raise UsageError(
                f"The trust list {self._trust_anchors} holds no certificates in PEM form. Correct "
                f"{TRUST_VARIABLE}, or leave it out to do without a trust list."
            )
        return text


def _read_credentials(path: Path, container: str, anchors: str | None) -> dict[str, Any]:
    if container not in _MIME:
        return {"state": None}
    try:
        found = run_sandboxed(_JOB, {"mime": _MIME[container], "anchors": anchors}, path=path)
    except MediaError:
        return {"state": "unreadable"}
    return dict(found)


def _combine(credentials: dict[str, Any], path: Path, facts: MediaFacts) -> Origin:
    state = credentials["state"]
    c2pa: C2paState = "none" if state is None else _STATES.get(state, "not_checked")
    if credentials.get("elsewhere"):
        c2pa = "not_checked"
    intact = c2pa in ("trusted", "untrusted")
    # Declarations count even from damaged credentials: nobody gains from falsely declaring AI.
    declared = list(credentials.get("source_types") or []) + declarations.source_types(facts.metadata)
    ai_types = [each for each in declared if each in declarations.AI_SOURCE_TYPES]
    ai_parts = [
        each
        for each in credentials.get("ingredient_source_types") or []
        if each in declarations.AI_SOURCE_TYPES
    ]
    label = declarations.aigc_label(facts.metadata)
    generator = credentials.get("claim_generator") or None
    source_type = next(iter(ai_types + declared), None)

    findings: list[Message] = []
    if ai_types:
        findings.append(Message(f"cue.{NAME}.declares_ai", {"source": ai_types[0]}))
    if label is not None:
        findings.append(Message(f"provenance.aigc_label_{label}"))
    if ai_parts and not ai_types:
        findings.append(Message("provenance.ai_ingredient", {"source": ai_parts[0]}))
    for software in declarations.face_swappers(facts.metadata):
        findings.append(Message("provenance.face_swapper", {"software": software}))
    for software in declarations.generators(facts.metadata):
        findings.append(Message(f"cue.{NAME}.generator_parameters", {"software": software}))
    findings += _about_credentials(c2pa, credentials)
    extension = declarations.foreign_extension(path, facts.container)
    if extension is not None:
        findings.append(
            Message("provenance.extension", {"extension": extension, "container": facts.container})
        )
    converter = declarations.converter(facts.metadata)
    if converter is not None:
        findings.append(Message("provenance.converted", {"software": converter}))

    return Origin(
        c2pa=c2pa,
        signer=(credentials.get("signer") or None) if intact else None,
        claim_generator=generator if intact else None,
        digital_source_type=source_type,
        declares_ai=bool(ai_types) or label == 1,
        lab_marked=intact and generator is not None and generator.startswith(LAB_GENERATOR),
        findings=tuple(findings),
    )


def _about_credentials(c2pa: C2paState, credentials: dict[str, Any]) -> list[Message]:
    if credentials.get("elsewhere"):
        return [Message("provenance.c2pa_elsewhere")]
    if c2pa == "not_checked":
        return [Message("provenance.c2pa_unreadable")]
    if c2pa == "none":
        return []
    if c2pa == "invalid":
        return [Message(f"cue.{NAME}.c2pa_invalid")]
    return [Message(f"cue.{NAME}.c2pa_{c2pa}", {"signer": credentials.get("signer") or "?"})]

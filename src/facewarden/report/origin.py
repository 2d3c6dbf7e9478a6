"""The origin of a file as a part of the report."""

from __future__ import annotations

from facewarden.cues.lab_mark import LabMark
from facewarden.cues.provenance import Origin
from facewarden.messages import Message
from facewarden.report.model import Provenance, Sentence


def provenance_part(origin: Origin, *, lab_mark: LabMark | None = None, language: str = "en") -> Provenance:
    """Return the report's part on the origin of a file.

    Args:
        origin: what `ProvenanceCue.origin` found.
        lab_mark: what `find_lab_mark` found in the picture, None where it was not looked for.
        language: of the sentences.
    """
    lab_marked = origin.lab_marked or (lab_mark is not None and lab_mark.present)
    findings = list(origin.findings)
    if lab_marked:
        findings.insert(0, Message("cue.provenance.lab_mark"))
    return Provenance(
        c2pa=origin.c2pa,
        signer=origin.signer,
        claim_generator=origin.claim_generator,
        digital_source_type=origin.digital_source_type,
        declares_ai=origin.declares_ai,
        lab_marked=lab_marked,
        findings=[Sentence(id=m.id, params=m.params, text=m.render(language)) for m in findings],
    )

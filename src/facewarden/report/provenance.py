"""What a file says of its origin, in lines of text; facts, never a verdict of genuineness."""

from __future__ import annotations

from facewarden.messages import say
from facewarden.report.model import Provenance
from facewarden.report.wording import said, visible


def provenance_lines(provenance: Provenance, language: str) -> tuple[str, ...]:
    """Each fact once: what a finding already says in full is not repeated from the fields."""
    ids = {finding.id for finding in provenance.findings}
    lines = [said(finding, language) for finding in provenance.findings]
    if not any(".c2pa_" in name for name in ids):
        lines.insert(0, say(f"report.c2pa_{provenance.c2pa}", language))
    if provenance.declares_ai and "cue.provenance.declares_ai" not in ids:
        lines.append(say("report.declares_ai", language))
    if provenance.lab_marked and "cue.provenance.lab_mark" not in ids:
        lines.append(say("report.lab_marked", language))
    return tuple(lines)


def provenance_facts(provenance: Provenance, language: str) -> tuple[tuple[str, str], ...]:
    """Names found in the file, as (label, value)."""
    pairs = (
        ("report.signer", provenance.signer),
        ("report.claim_generator", provenance.claim_generator),
        ("report.digital_source_type", provenance.digital_source_type),
    )
    return tuple((say(label, language), visible(value)) for label, value in pairs if value)

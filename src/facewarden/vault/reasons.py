"""Reasons that this program enters into the log itself, so that they can be told from what people typed.

They stand in the log in English, for good; whoever shows them may say them in another language.
"""

from __future__ import annotations

from facewarden.messages import Message

EXCHANGED = "it was exchanged while it was taken"
PICTURE = "picture for a page"
_RULES = "rules: "
_HASHES = "hashes for a notice ({kind})"
_KINDS = ("platform", "police", "school")


def by_rules(rules: str) -> str:
    """Why a watch took a file: `rules` that fired."""
    return f"{_RULES}{rules}"


def for_hashes(kind: str) -> str:
    """Why evidence was read for a notice of this `kind`."""
    return _HASHES.format(kind=kind)


def own(reason: str, action: str, *, by_watch: bool) -> Message | None:
    """The sentence ``case.reason.*`` that `reason` is, None where a person may have typed it.

    Args:
        action: of the entry.
        by_watch: whether a watch took the file of the case.
    """
    if action == "evidence.read":
        named = {for_hashes(kind): f"hashes_{kind}" for kind in _KINDS} | {PICTURE: "picture"}
        return Message(f"case.reason.{named[reason]}") if reason in named else None
    if not by_watch:
        return None
    if action == "quarantine.begun" and reason.startswith(_RULES):
        return Message("case.reason.rules", {"rules": reason.removeprefix(_RULES)})
    if action == "restore.begun" and reason == EXCHANGED:
        return Message("case.reason.exchanged")
    return None

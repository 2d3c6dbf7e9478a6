"""From what a file showed to the copies of listed material in it."""

from __future__ import annotations

from facewarden.matching.lookup import Tier
from facewarden.protect.listed import ListedHash
from facewarden.protect.registry import Registry
from facewarden.protect.report import ListedFound
from facewarden.protect.sentences import sentence
from facewarden.protect.sighting import Sighting


def listed_copies(registry: Registry, seen: Sighting, language: str) -> list[ListedFound]:
    """Of each list the copies, confirmed ones first; a near one only where the list has nothing surer."""
    found: dict[tuple[str, str], ListedFound] = {}
    if seen.digests is not None and not registry.ignores(seen.digests.sha256):
        for listed in registry.listed.same_file(seen.digests):
            found[listed.list_id, listed.entry] = _found(listed, "confirmed", "same_file", None, language)
    moments: dict[tuple[str, str], list[float]] = {}
    for time_s, lookup in seen.listed:
        for listed, match in registry.listed.found(lookup.matches):
            key = listed.list_id, listed.entry
            moments.setdefault(key, []).append(time_s)
            before = found.get(key)
            if before is None or (before.distance is not None and match.distance < before.distance):
                tier = "confirmed" if match.tier is Tier.CONFIRMED else "review"
                found[key] = _found(listed, tier, str(match.reason), match.distance, language)
    if seen.facts.kind == "clip":
        for key, times in moments.items():
            found[key] = found[key].model_copy(update={"seen_at_s": times})
    sure = {each.list_id for each in found.values() if each.tier == "confirmed"}
    kept = [each for each in found.values() if each.tier == "confirmed" or each.list_id not in sure]
    return sorted(
        kept, key=lambda each: (each.tier != "confirmed", each.label.casefold(), each.distance or 0)
    )


def _found(listed: ListedHash, tier: str, reason: str, distance: int | None, language: str) -> ListedFound:
    key = f"match.listed.{reason}" + ("_noted" if listed.note else "")
    noted = {"note": listed.note} if listed.note else {}
    return ListedFound.model_validate(
        {
            "list_id": listed.list_id,
            "label": listed.label,
            "hash_kind": str(listed.kind),
            "entry": listed.entry,
            "note": listed.note,
            "tier": tier,
            "reason": reason,
            "distance": distance,
            "sentence": sentence(key, language, label=listed.label, **noted),
        }
    )

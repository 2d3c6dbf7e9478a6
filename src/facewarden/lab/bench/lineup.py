"""Who takes part in a benchmark: detectors by name, and the voices that each of them brings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from facewarden.errors import UsageError
from facewarden.lab.bench import guest
from facewarden.lab.bench.contest import Verdict
from facewarden.lab.bench.detector import Detector, Outcome
from facewarden.lab.dataset import Item
from facewarden.models.bundle import Bundle

DETECTORS = ("ours", "mesonet")
MODEL = "model:"
"""What comes before the folder of a bundle by which our check is to judge."""
EFFORT = "effort:"
"""What comes before the effort with which our check is to look."""


def line_up(
    names: Sequence[str], *, mesonet: Path | None = None
) -> tuple[dict[str, Detector], tuple[str, ...]]:
    """Return name to detector, and one line for each that cannot be asked, with the reason.

    Args:
        names: of `DETECTORS`, ``model:FOLDER`` of a bundle, ``effort:NAME``, ``FILE.py:NAME`` or
            ``package.module:NAME`` (see `guest`).
        mesonet: folder of MesoNet's weights; None looks in its usual places.

    Raises:
        UsageError: an unknown name, a detector that cannot be loaded, or two with one name in the tables.
        ModelError: a bundle is damaged or missing.
    """
    unknown = sorted(name for name in set(names) if name not in DETECTORS and not guest.is_guest(name))
    if unknown:
        raise UsageError(
            f"detectors must be of {', '.join(DETECTORS)}, model:FOLDER, effort:NAME, FILE.py:NAME or "
            f"package.module:NAME, but got {', '.join(unknown)}"
        )
    found: dict[str, Detector] = {}
    skipped: list[str] = []
    if "ours" in names:
        from facewarden.lab.bench.ours import OurDetector

        found["ours"] = OurDetector()
    if "mesonet" in names:
        detector = _mesonet(mesonet)
        if detector is None:
            skipped.append("MesoNet: its weights are not here (`--mesonet DIR`)")
        else:
            found["mesonet"] = detector
    found |= {name: _brought(name) for name in dict.fromkeys(names) if name not in DETECTORS}
    counts = Counter(detector.name for detector in found.values())
    twice = [title for title, count in counts.items() if count > 1]
    if twice:
        raise UsageError(f"Two detectors are called {twice[0]}; give one of them another `name`.")
    return found, tuple(skipped)


def voices(name: str, outcomes: Sequence[Outcome]) -> dict[str, Mapping[Item, Verdict]]:
    """The detector itself and each of its parts, as detectors of their own."""
    found: dict[str, Mapping[Item, Verdict]] = {
        name: {
            o.item: Verdict(o.state, o.judgement.score, o.judgement.is_probability, o.judgement.level)
            for o in outcomes
        }
    }
    for part in dict.fromkeys(part for o in outcomes for part in o.judgement.parts):
        found[part] = {o.item: _part(o, part) for o in outcomes}
    return found


def _part(outcome: Outcome, part: str) -> Verdict:
    if outcome.state == "failed":
        return Verdict("failed", None)
    score = outcome.judgement.parts.get(part)
    return Verdict("abstained" if score is None else "judged", score)


def _brought(name: str) -> Detector:
    from facewarden.lab.bench.ours import VariantDetector

    if name.startswith(EFFORT):
        return VariantDetector(effort=name.removeprefix(EFFORT))
    if name.startswith(MODEL):
        folder = Path(name.removeprefix(MODEL))
        return VariantDetector(bundle=Bundle(folder.resolve().name, folder))
    return guest.load(name)


def _mesonet(folder: Path | None) -> Detector | None:
    from facewarden.lab.peers.meso_detector import MesoNetDetector, weights_folder

    place = weights_folder(folder)
    return None if place is None else MesoNetDetector(place)

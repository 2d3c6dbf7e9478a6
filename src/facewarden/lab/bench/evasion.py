"""How much of our detection is left when the attacker has our network: detection against a budget of visible quality.

Forgeries that the check finds are changed by the attack `evade` until it calls them genuine, and judged again by the
whole check. Everything stays in memory: no forgery is written. Budgets are PSNR over the changed patch; each search
goes on from what was found within the stricter budget before, as a patient attacker would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle
from typing import Literal

import numpy as np
from PIL import Image

from facewarden.analysis import Analysis, join_people
from facewarden.assembly import judge_people
from facewarden.checker import DEFAULT, built_in_cues
from facewarden.cues import frame_forgery, resolution_mismatch
from facewarden.errors import UsageError
from facewarden.faces.finder import FaceFinder
from facewarden.faces.mesh import MeshFace
from facewarden.faces.tracker import FaceTracker
from facewarden.lab.attacks.evade import Evade
from facewarden.lab.attacks.launder import jpeg
from facewarden.lab.attacks.one_photo import OnePhotoSwap
from facewarden.lab.attacks.visible import Budget, Change, Patch, patch_of, structural_similarity
from facewarden.lab.dataset import Dataset, Item
from facewarden.lab.examples import portraits
from facewarden.lab.marks.watermark import psnr_db
from facewarden.media.facts import MediaFacts
from facewarden.media.frame import Frame, ImageRGB
from facewarden.report.model import Level
from facewarden.verdict import calibration as calibrations
from facewarden.verdict.judgement import judge_file

Hook = Callable[[str, int, int], None]
How = Literal["gradient", "score"]
BUDGETS_DB = (48.0, 44.0, 40.0, 36.0)
SSIM = 0.9
_JPEG = 75
_FOUND = (Level.LIKELY, Level.VERY_LIKELY)
_SHARES = ("dfdc_crops", "stylegan2", "dfdc_crops", "one_photo")
"""Whose turn it is when a forgery is drawn."""
_TARGETS = ("ffhq", "us_congress", "taiwan_candidates", "interviews")
_FACTS = MediaFacts("photo", 1, "0" * 64, "png", "png", 1, 1)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the whole check says of one picture.

    Attributes:
        level, reason: of the file.
        logit: the highest raw score of the forgery cue, None where it abstained.
        other: another cue of the face says something unusual.
    """

    level: Level
    reason: str
    logit: float | None
    other: bool

    @property
    def found(self) -> bool:
        return self.level in _FOUND

    @property
    def fooled(self) -> bool:
        """A confident `no_sign`, and nothing else in the report that would make a reader wonder."""
        return self.level is Level.NO_SIGN and not self.other


class PhotoCheck:
    """The check of a photo, on a picture in memory."""

    def __init__(self) -> None:
        self.finder = FaceFinder()
        self._cues = built_in_cues(DEFAULT)

    def judge(self, image_rgb: ImageRGB) -> Seen:
        tracker = FaceTracker(finder=self.finder, photo=True)
        analysis = Analysis(_FACTS, self._cues, tracker, samples_per_s=1.0)
        analysis.see(Frame(image_rgb, 0.0, 0))
        findings = analysis.finish()
        join_people([finding.track for finding in findings])
        people = judge_people(findings, self._calibration)
        verdict = judge_file([person.judgement for person in people], self._calibration)
        readings = [reading for finding in findings for reading in finding.readings]
        scores = [r.score for r in readings if r.cue == frame_forgery.NAME and r.score is not None]
        other = any(
            r.cue == resolution_mismatch.NAME and not r.abstained and not r.sentence.id.endswith(".even")
            for r in readings
        )
        return Seen(verdict.level, verdict.reason, max(scores) if scores else None, other)

    @cached_property
    def _calibration(self) -> calibrations.Calibration:
        return calibrations.default()


@dataclass(frozen=True, slots=True)
class Victim:
    """A forgery that the check finds, with the patch of its only face."""

    method: str
    image_rgb: ImageRGB
    patch: Patch
    seen: Seen


def victims(
    data: Dataset, check: PhotoCheck, *, count: int, seed: int, split: str = "dev"
) -> Iterator[Victim]:
    """Draw `count` forgeries with one face that the check finds: half DFDC, a quarter each GAN and one-photo swaps.

    Raises:
        UsageError: the split does not hold enough of them.
    """
    rng = np.random.default_rng(seed)
    pools = {name: _shuffled(data, rng, split, name) for name in dict.fromkeys(_SHARES)}
    shown = portraits()
    swaps = [OnePhotoSwap(source, core_px=96) for source in (shown.target_rgb, shown.source_rgb)]
    drawn = 0
    for name in cycle(_SHARES):
        if drawn == count:
            return
        if not any(pools.values()):
            raise UsageError(f"{data.root} holds {drawn} forgeries that are found, fewer than {count}.")
        while pools[name]:
            victim = _victim(name, pools[name].pop(), check, swaps[drawn % len(swaps)])
            if victim is not None:
                drawn += 1
                yield victim
                break


def _shuffled(data: Dataset, rng: np.random.Generator, split: str, name: str) -> list[Item]:
    if name == "one_photo":
        items = [i for m in _TARGETS for i in data.select(split=split, label="real", media="photo", method=m)]
    else:
        items = list(data.select(split=split, label="fake", media="photo", method=name))
    return [items[place] for place in rng.permutation(len(items))]


def _victim(name: str, item: Item, check: PhotoCheck, swap: OnePhotoSwap) -> Victim | None:
    with Image.open(item.path) as picture:
        image = np.asarray(picture.convert("RGB"))
    faces: list[MeshFace] = check.finder.find(image, last_resort=True)
    if len(faces) != 1:
        return None
    if name == "one_photo":
        image, _ = swap.apply(image, faces[0])
    patch, seen = patch_of(image, faces[0]), check.judge(image)
    return Victim(name, image, patch, seen) if patch is not None and seen.found else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One forgery after one attack: what the check says, also after JPEG, and what was spent."""

    method: str
    how: How
    budget_db: float
    seen: Seen
    after_jpeg: Seen
    psnr_db: float
    ssim: float


def attacked(
    victim: Victim, check: PhotoCheck, *, how: How, budgets_db: Sequence[float], effort: int, seed: int
) -> Iterator[Outcome]:
    """Attack one forgery within each budget, the strictest first; `effort` is steps or queries for each."""
    start: Change | None = None
    for budget_db in sorted(budgets_db, reverse=True):
        attack = Evade(how=how, psnr_db=budget_db, ssim=SSIM, steps=min(effort, 500), queries=max(effort, 10))
        rng = np.random.default_rng([seed, round(budget_db)])
        start = attack.change(victim.image_rgb, victim.patch, rng, start=start)
        changed = Budget(budget_db, SSIM).applied(victim.patch.image_rgb, start)
        picture = victim.patch.put_into(victim.image_rgb, changed)
        yield Outcome(
            victim.method, how, budget_db, check.judge(picture), check.judge(jpeg(picture, _JPEG)),
            psnr_db(victim.patch.image_rgb, changed),
            structural_similarity(victim.patch.image_rgb, changed),
        )  # fmt: skip


def measure(
    data: Dataset,
    *,
    count: int = 40,
    seed: int = 0,
    hows: Sequence[How] = ("gradient", "score"),
    budgets_db: Sequence[float] = BUDGETS_DB,
    steps: int = 20,
    queries: int = 300,
    hook: Hook | None = None,
) -> list[Outcome]:
    """All outcomes, and for each forgery one at a budget of inf dB: the check before any attack."""
    check = PhotoCheck()
    outcomes: list[Outcome] = []
    for number, victim in enumerate(victims(data, check, count=count, seed=seed), start=1):
        after = check.judge(jpeg(victim.image_rgb, _JPEG))
        for how in hows:
            outcomes.append(Outcome(victim.method, how, float("inf"), victim.seen, after, float("inf"), 1.0))
            effort = steps if how == "gradient" else queries
            outcomes += attacked(
                victim, check, how=how, budgets_db=budgets_db, effort=effort, seed=seed + number
            )
        if hook is not None:
            hook("evasion", number, count)
    return outcomes


def markdown(outcomes: Sequence[Outcome]) -> str:
    """One row for each way and budget."""
    lines = [
        "| attack | PSNR, at least | n | found (`likely`) | mean logit | `no_sign` | fooled: `no_sign`, no other cue | "
        "inconclusive (of it unstable) | SSIM | after JPEG 75: found | after JPEG 75: `no_sign` |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for how in dict.fromkeys(o.how for o in outcomes):
        for budget_db in sorted({o.budget_db for o in outcomes if o.how == how}, reverse=True):
            group = [o for o in outcomes if (o.how, o.budget_db) == (how, budget_db)]
            lines.append(_row(how, budget_db, group))
    return "\n".join(lines) + "\n"


def _row(how: str, budget_db: float, group: Sequence[Outcome]) -> str:
    def share(what: Callable[[Outcome], bool]) -> str:
        return f"{sum(what(o) for o in group) / len(group):.0%}"

    logits = [o.seen.logit for o in group if o.seen.logit is not None]
    unsure = share(lambda o: o.seen.level is Level.INCONCLUSIVE)
    cells = [
        {"gradient": "white box", "score": "score only"}[how],
        "untouched" if budget_db == float("inf") else f"{budget_db:g} dB",
        str(len(group)),
        share(lambda o: o.seen.found),
        f"{np.mean(logits):.1f}" if logits else "–",
        share(lambda o: o.seen.level is Level.NO_SIGN),
        share(lambda o: o.seen.fooled),
        f"{unsure} ({share(lambda o: o.seen.reason == 'unstable')})",
        f"{np.mean([o.ssim for o in group]):.3f}",
        share(lambda o: o.after_jpeg.found),
        share(lambda o: o.after_jpeg.level is Level.NO_SIGN),
    ]
    return f"| {' | '.join(cells)} |"

"""How much of our detection is left when the attacker has our network: detection against a budget of visible quality.

Forgeries that the check finds are changed by the attack `evade` until it calls them genuine, and judged again by the
whole check. Everything stays in memory: no forgery is written. Budgets are PSNR over the changed patch; each search
goes on from what was found within the stricter budget before, as a patient attacker would, and where that was good
enough it is kept. `facewarden.lab.bench.evasion_table` prints what came out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle
from typing import Literal

import numpy as np
from PIL import Image

from facewarden.errors import UsageError
from facewarden.faces.mesh import MeshFace
from facewarden.lab.attacks.evade import Evade
from facewarden.lab.attacks.launder import jpeg
from facewarden.lab.attacks.one_photo import OnePhotoSwap
from facewarden.lab.attacks.visible import Budget, Change, Patch, patch_of, structural_similarity
from facewarden.lab.bench.photo_check import PhotoCheck, Seen
from facewarden.lab.dataset import Dataset, Item
from facewarden.lab.examples import portraits
from facewarden.lab.marks.watermark import psnr_db
from facewarden.lab.workers import workers
from facewarden.media.frame import ImageRGB

Hook = Callable[[str, int, int], None]
How = Literal["gradient", "score", "aware"]
HOWS: tuple[How, ...] = ("gradient", "score", "aware")
BUDGETS_DB = (48.0, 44.0, 40.0, 36.0)
SSIM = 0.9
_JPEG = 75
_SHARES = ("dfdc_crops", "stylegan2", "dfdc_crops", "one_photo")
"""Whose turn it is when a forgery is drawn."""
_TARGETS = ("ffhq", "us_congress", "taiwan_candidates", "interviews")


@dataclass(frozen=True, slots=True)
class Victim:
    """A forgery that the check finds, with the patch of its only face as the check aligns it."""

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
    faces = _faces(check, image)
    if name == "one_photo" and len(faces) == 1:
        image, _ = swap.apply(image, faces[0])
        faces = _faces(check, image)
    if len(faces) != 1:
        return None
    patch, seen = patch_of(image, faces[0]), check.judge(image)
    return Victim(name, image, patch, seen) if patch is not None and seen.found else None


def _faces(check: PhotoCheck, image_rgb: ImageRGB) -> list[MeshFace]:
    # As the check looks at a photo: another look puts the landmarks a few pixels elsewhere, and an attack that is
    # aimed there misses.
    return check.finder.find(image_rgb, thorough=True, last_resort=True)


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


@dataclass(frozen=True, slots=True)
class Plan:
    """Who attacks, within what.

    Attributes:
        hows: the attackers: by gradient, by score alone, by gradient and aware of the second look.
        budgets_db: PSNR of the changed patch.
        steps, queries: within each budget at most, down the gradient and of the detector's looks.
    """

    hows: tuple[How, ...] = HOWS
    budgets_db: tuple[float, ...] = BUDGETS_DB
    steps: int = 20
    queries: int = 300
    seed: int = 0

    def attack(self, how: How, budget_db: float) -> Evade:
        return Evade(
            how="score" if how == "score" else "gradient",
            aware=how == "aware",
            psnr_db=budget_db,
            ssim=SSIM,
            steps=self.steps,
            queries=self.queries,
        )


def attacked(victim: Victim, check: PhotoCheck, plan: Plan, *, number: int = 0) -> Iterator[Outcome]:
    """Attack the forgery with this `number` in each way and within each budget, the strictest first.

    Before each way comes what the check says of it untouched, at a budget of inf dB.
    """
    after = check.judge(jpeg(victim.image_rgb, _JPEG))
    for how in plan.hows:
        before = Outcome(victim.method, how, float("inf"), victim.seen, after, float("inf"), 1.0)
        yield before
        yield from _within_each(before, victim, check, plan, number)


def _within_each(
    outcome: Outcome, victim: Victim, check: PhotoCheck, plan: Plan, number: int
) -> Iterator[Outcome]:
    change: Change | None = None
    for budget_db in sorted(plan.budgets_db, reverse=True):
        rng = np.random.default_rng([plan.seed + number, round(budget_db)])
        attack = plan.attack(outcome.how, budget_db)
        found = attack.change(victim.image_rgb, victim.patch, rng, start=change)
        # What was good enough within a stricter budget is the same picture, and needs no second judgement.
        again = change is not None and found is change
        outcome = (
            replace(outcome, budget_db=budget_db)
            if again
            else _judged(outcome, budget_db, victim, check, found)
        )
        change = found
        yield outcome


def _judged(outcome: Outcome, budget_db: float, victim: Victim, check: PhotoCheck, change: Change) -> Outcome:
    before = victim.patch.image_rgb
    after = Budget(budget_db, SSIM).applied(before, change)
    picture = victim.patch.put_into(victim.image_rgb, after)
    return replace(
        outcome,
        budget_db=budget_db,
        seen=check.judge(picture),
        after_jpeg=check.judge(jpeg(picture, _JPEG)),
        psnr_db=psnr_db(before, after),
        ssim=structural_similarity(before, after),
    )


def measure(
    data: Dataset, plan: Plan, *, count: int = 40, processes: int = 1, hook: Hook | None = None
) -> list[Outcome]:
    """All outcomes; `processes` forgeries are attacked at once, which changes nothing but the time.

    Raises:
        UsageError: the data do not hold `count` forgeries that are found, or a part of the lab is missing.
    """
    check = PhotoCheck()
    drawn = enumerate(victims(data, check, count=count, seed=plan.seed), start=1)
    outcomes: list[Outcome] = []
    for number, found in enumerate(_attacked_side_by_side(drawn, check, plan, processes), start=1):
        outcomes += found
        if hook is not None:
            hook("evasion", number, count)
    return outcomes


def _attacked_side_by_side(
    drawn: Iterator[tuple[int, Victim]], check: PhotoCheck, plan: Plan, processes: int
) -> Iterator[list[Outcome]]:
    if processes == 1:
        for number, victim in drawn:
            yield list(attacked(victim, check, plan, number=number))
        return
    with workers(processes) as pool:
        try:
            jobs = [pool.submit(_attacked_elsewhere, victim, plan, number) for number, victim in drawn]
            for job in jobs:
                yield job.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _attacked_elsewhere(victim: Victim, plan: Plan, number: int) -> list[Outcome]:
    return list(attacked(victim, _own_check(), plan, number=number))


@cache
def _own_check() -> PhotoCheck:
    return PhotoCheck()

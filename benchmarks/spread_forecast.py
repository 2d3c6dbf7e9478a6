"""What the forecast of a spread is worth on simulated histories, beside forecasts that anybody could make.

At a random moment of each history (``spread_worlds.py``) all forecasts say how many copies of the item, or files that
show the person, the next six or 24 hours will bring. `as just now` takes a Poisson count with the rate of a window as
long before; `just now, unsure` the same with a rate that is known only as well as the window shows it, the half of our
forecast that knows no growth; `none` says that nothing more comes but one copy in ten times.

Do distinct sources make ours better? `ours, sources` multiplies its rates by a power of (sources + 1) / (copies + 1)
in the window before, `ours, new sources` counts only sources in which nothing was seen before that window. Both lower
the rates the more copies there are, whatever the sources say; so does `ours, lowered`, with 1 / (copies + 1). What
sources are worth is what is gained over that, and what is gained in `person, one source` as well, where they can say
nothing, is not theirs.

Shown are the mean logarithmic score of whether a number of copies is reached (0 is best), the gain over ours with its
standard error, how often the 80 % interval held what came, and the Brier score of "20 or more within a day" (0 is
best). The forecast's settings were chosen on the items of seed 1, the powers on its other worlds as well
(``--choose``, 1000 cascades): show it on others.

    python benchmarks/spread_forecast.py --cascades 2000 --seed 0
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from spread_worlds import HOUR, WORLDS

from facewarden.policy.baseline import at_least, chance_as_just_now
from facewarden.policy.forecast import Mixture, chance_of, expected
from facewarden.policy.spread import Spread

STEPS = (1, 3, 10, 30, 100)
MANY = 20
PLACES = [(world, within_h) for world in WORLDS for within_h in (6.0, 24.0)]
CHOSEN_ON = ("item", "item, in rooms", "person")
POWERS = (-0.1, -0.05, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)
POWER_OF = {"nothing": 0.1, "sources": 0.4, "new_sources": 0.2}
Floats = npt.NDArray[np.float64]
Chance = Callable[[Spread, int, float], float]
"""The probability that a forecast gives to so many copies or more, within so many seconds."""


@dataclass(frozen=True)
class Moment:
    """What was seen up to a moment, and what came in the hours after it."""

    seen: Spread
    coming: int


def moments(world: str, *, count: int, seed: int, within_h: float) -> list[Moment]:
    rng, found = np.random.default_rng(seed), []
    for _ in range(count):
        history = WORLDS[world](rng)
        now_s = float(rng.uniform(0.5, 72)) * HOUR
        past = tuple(each for each in history if each.time_s <= now_s)
        coming = sum(now_s < each.time_s <= now_s + within_h * HOUR for each in history)
        found.append(Moment(Spread(past, now_s=now_s), coming))
    return found


def ours(seen: Spread, copies: int, within_s: float) -> float:
    return chance_of(seen, copies=copies, within_s=within_s)


def as_just_now(seen: Spread, copies: int, within_s: float) -> float:
    return chance_as_just_now(seen, copies=copies, within_s=within_s)


def unsure(seen: Spread, copies: int, within_s: float) -> float:
    """A fifth of a copy in half an hour before is added, and the rate has a Gamma posterior."""
    shape = seen.copies(within_s) + 0.2
    within_h = within_s / HOUR
    stop = (0.5 + within_h) / (0.5 + 2 * within_h)
    k = np.arange(copies)
    choices = np.concatenate([[0.0], np.cumsum(np.log((k[:-1] + shape) / (k[:-1] + 1)))])
    return float(1 - np.exp(shape * math.log(stop) + choices + k * math.log(1 - stop)).sum())


def none(seen: Spread, copies: int, within_s: float) -> float:
    return at_least(copies, 0.1)


def times(factor: float, seen: Spread, copies: int, within_s: float) -> float:
    """Ours, with all rates multiplied."""
    mixture = Mixture.of(seen, within_s)
    stops = mixture.stops / (mixture.stops + factor * (1 - mixture.stops))
    return replace(mixture, stops=stops).at_least(copies)


def by(counted: Callable[[Spread, float], int], power: float) -> Chance:
    """Ours, lowered where much was seen for each of what is `counted` in the window before."""

    def chance(seen: Spread, copies: int, within_s: float) -> float:
        each = (counted(seen, within_s) + 1) / (seen.copies(within_s) + 1)
        return times(each**power, seen, copies, within_s)

    return chance


def nothing(seen: Spread, within_s: float) -> int:
    return 0


def sources(seen: Spread, within_s: float) -> int:
    return seen.sources(within_s)


def new_sources(seen: Spread, within_s: float) -> int:
    inside = seen.within(within_s)
    before = {each.source for each in seen.sightings[: len(seen.sightings) - len(inside)]}
    return len({each.source for each in inside} - before)


FORECASTS: dict[str, Chance] = {
    "ours": ours,
    "as just now": as_just_now,
    "just now, unsure": unsure,
    "none": none,
    "ours, lowered": by(nothing, POWER_OF["nothing"]),
    "ours, sources": by(sources, POWER_OF["sources"]),
    "ours, new sources": by(new_sources, POWER_OF["new_sources"]),
}


def scores(chance: Chance, found: list[Moment], within_s: float) -> Floats:
    """(N,) the mean logarithmic score of each moment over `STEPS`."""

    def score(one: Moment, copies: int) -> float:
        said = min(max(chance(one.seen, copies, within_s), 1e-4), 1 - 1e-4)
        return math.log(said if one.coming >= copies else 1 - said)

    return np.array([np.mean([score(one, copies) for copies in STEPS]) for one in found])


def brier(chance: Chance, found: list[Moment], within_s: float) -> float:
    return float(np.mean([(chance(one.seen, MANY, within_s) - (one.coming >= MANY)) ** 2 for one in found]))


def held(found: list[Moment], within_s: float) -> float:
    """How often our interval held what came."""
    told = [(expected(one.seen, within_s=within_s), one.coming) for one in found]
    return float(np.mean([each.low <= coming <= each.high for each, coming in told]))


def difference(got: Floats, base: Floats) -> str:
    """The mean gain and its standard error."""
    gain = got - base
    return f"{gain.mean():+.4f} ± {gain.std() / math.sqrt(len(gain)):.4f}"


def table(count: int, seed: int) -> None:
    print("| what | hours ahead | forecast | logarithmic score | gain over ours | 80 % held | Brier |")
    print("|---|---|---|---|---|---|---|")
    worth, by_them = [], {}
    for world, within_h in PLACES:
        found, within_s = moments(world, count=count, seed=seed, within_h=within_h), within_h * HOUR
        all_scores = {name: scores(chance, found, within_s) for name, chance in FORECASTS.items()}
        for name, got in all_scores.items():
            first = name == "ours"
            gain = "–" if first else difference(got, all_scores["ours"])
            interval = f"{held(found, within_s):.2f}" if first else "–"
            day = f"{brier(FORECASTS[name], found, within_s):.3f}" if within_h == 24 else "–"
            line = f"| {world} | {within_h:g} | {name} | {got.mean():.3f} | {gain} | {interval} | {day} |"
            print(line, flush=True)
        by_them[world, within_h] = all_scores["ours, sources"]
        told = [
            difference(all_scores[name], all_scores["ours, lowered"])
            for name in ("ours, sources", "ours, new sources")
        ]
        worth.append(f"| {world} | {within_h:g} | {' | '.join(told)} |")
    print("\n| what | hours ahead | what sources are worth | what new sources are worth |\n|---|---|---|---|")
    print("\n".join(worth))
    # The histories of both are the same but for the sources.
    for within_h in (6.0, 24.0):
        more = difference(by_them["person", within_h], by_them["person, one source", within_h])
        print(f"\n`ours, sources` for people, {within_h:g} hours, over the same in one source: {more}")


def choose(count: int, seed: int) -> None:
    """The gain of each power, over the worlds of `CHOSEN_ON` and both spans."""
    print("| power | lowered | sources | new sources |\n|---|---|---|---|")
    founds = [
        (moments(world, count=count, seed=seed, within_h=within_h), within_h * HOUR)
        for world, within_h in PLACES
        if world in CHOSEN_ON
    ]

    def everywhere(chance: Chance) -> Floats:
        return np.concatenate([scores(chance, found, within_s) for found, within_s in founds])

    base = everywhere(ours)
    for power in POWERS:
        told = [difference(everywhere(by(what, power)), base) for what in (nothing, sources, new_sources)]
        print(f"| {power:g} | {' | '.join(told)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cascades", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--choose", action="store_true", help="try powers, rather than show the table")
    given = parser.parse_args()
    (choose if given.choose else table)(given.cascades, given.seed)


if __name__ == "__main__":
    main()

"""What the forecast of a spread is worth on simulated cascades, beside three that anybody could make.

Each cascade is a branching process in which every copy leads to further ones after a while: how many on average, how
soon (log-normal delays) and how often a copy comes from elsewhere are drawn anew for each, so most die out and a few
explode. At a random moment of its life all forecasts say how many copies the next six or 24 hours will bring. `as just
now` takes a Poisson count with the rate of a window as long before; `just now, unsure` the same with a rate that is
known only as well as the window shows it, the half of our forecast that knows no growth; `none` says that nothing more
comes but one copy in ten times. Shown are the mean logarithmic score of whether a number of copies is reached (0 is
best), how often the 80 % interval held what came, and the Brier score of "20 or more within a day" (0 is best).

The forecast's settings were chosen on the cascades of seed 1: show it on others.

    python benchmarks/spread_forecast.py --cascades 2000 --seed 0
"""

from __future__ import annotations

import argparse
import math

import numpy as np
import numpy.typing as npt

from facewarden.policy.forecast import chance_of, expected
from facewarden.policy.spread import Sighting, Spread

HOUR = 3600.0
MOST = 20_000
STEPS = (1, 3, 10, 30, 100)


def cascade(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """(N,) sorted hours of all copies of one item, the first at 0."""
    offspring = rng.uniform(0.1, 1.2)
    middle_h, spread = float(np.exp(rng.uniform(np.log(0.2), np.log(12)))), rng.uniform(0.5, 1.5)
    fresh_per_h = float(np.exp(rng.uniform(np.log(0.002), np.log(0.2))))
    times = [0.0, *np.sort(rng.uniform(0, 120, rng.poisson(fresh_per_h * 120)))]
    done = 0
    while done < len(times) and len(times) < MOST:
        children = rng.poisson(offspring)
        later = times[done] + middle_h * np.exp(rng.normal(0, spread, children))
        times += [float(t) for t in later if t < 120]
        done += 1
    return np.sort(np.array(times))


def just_now(times: npt.NDArray[np.float64], now: float, within_h: float) -> float:
    """The mean of the forecast "as many as just now", with half a copy beside."""
    return float(((times > now - within_h) & (times <= now)).sum()) + 0.5


def poisson_at_least(mean: float, copies: int) -> float:
    k = np.arange(copies)
    log_factorials = (
        np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, copies)))]) if copies > 1 else np.zeros(1)
    )
    return float(1 - np.exp(k * math.log(mean) - mean - log_factorials).sum())


def unsure_at_least(times: npt.NDArray[np.float64], now: float, within_h: float, copies: int) -> float:
    """As `just_now`, with a fifth of a copy in half an hour before, and a rate that has a Gamma posterior."""
    shape = float(((times >= now - within_h) & (times <= now)).sum()) + 0.2
    stop = (0.5 + within_h) / (0.5 + 2 * within_h)
    k = np.arange(copies)
    choices = np.concatenate([[0.0], np.cumsum(np.log((k[:-1] + shape) / (k[:-1] + 1)))])
    return float(1 - np.exp(shape * math.log(stop) + choices + k * math.log(1 - stop)).sum())


def score(chance: float, happened: bool) -> float:
    chance = min(max(chance, 1e-4), 1 - 1e-4)
    return math.log(chance if happened else 1 - chance)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cascades", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    print("| hours ahead | forecast | logarithmic score | 80 % interval held | Brier, 20 or more in a day |")
    print("|---|---|---|---|---|")
    moments = []
    while len(moments) < given.cascades:
        times = cascade(rng)
        now = float(rng.uniform(0.5, 72))
        moments.append((times, now))
    for within_h in (6.0, 24.0):
        scores: dict[str, list[float]] = {
            "ours": [],
            "as just now": [],
            "just now, unsure": [],
            "none": [],
        }
        brier: dict[str, list[float]] = {name: [] for name in scores}
        held = []
        for times, now in moments:
            past, coming = times[times <= now], int(((times > now) & (times <= now + within_h)).sum())
            spread = Spread(tuple(Sighting(t * HOUR) for t in past), now_s=now * HOUR)
            mean = just_now(times, now, within_h)
            for copies in STEPS:
                chances = {
                    "ours": chance_of(spread, copies=copies, within_s=within_h * HOUR),
                    "as just now": poisson_at_least(mean, copies),
                    "just now, unsure": unsure_at_least(past, now, within_h, copies),
                    "none": poisson_at_least(0.1, copies),
                }
                for name, chance in chances.items():
                    scores[name].append(score(chance, coming >= copies))
            many = coming >= 20
            brier["ours"].append((chance_of(spread, copies=20, within_s=within_h * HOUR) - many) ** 2)
            brier["as just now"].append((poisson_at_least(mean, 20) - many) ** 2)
            brier["just now, unsure"].append((unsure_at_least(past, now, within_h, 20) - many) ** 2)
            brier["none"].append(float(many))
            forecast = expected(spread, within_s=within_h * HOUR)
            held.append(forecast.low <= coming <= forecast.high)
        for name in scores:
            interval = f"{np.mean(held):.2f}" if name == "ours" else "–"
            day = f"{np.mean(brier[name]):.3f}" if within_h == 24 else "–"
            print(f"| {within_h:g} | {name} | {np.mean(scores[name]):.3f} | {interval} | {day} |")


if __name__ == "__main__":
    main()

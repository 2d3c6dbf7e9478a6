"""Made-up histories of how something spreads, for ``spread_forecast.py``: sightings of an item, or of a person.

Nobody publishes real ones. In each the numbers that matter are drawn anew: most histories are short and a few explode.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from itertools import count

import numpy as np
import numpy.typing as npt

from facewarden.policy.spread import Sighting

HOUR = 3600.0
HOURS = 120.0
MOST = 20_000
Floats = npt.NDArray[np.float64]
History = list[Sighting]


def cascade(rng: np.random.Generator) -> Floats:
    """(N,) sorted hours of all copies of one item, the first at 0.

    Every copy leads to further ones after a while: how many on average, how soon (log-normal delays) and how often a
    copy comes from elsewhere is drawn.
    """
    offspring, middle_h, spread, fresh_per_h = _drawn(rng)
    times = [0.0, *np.sort(rng.uniform(0, HOURS, rng.poisson(fresh_per_h * HOURS)))]
    done = 0
    while done < len(times) and len(times) < MOST:
        children = rng.poisson(offspring)
        later = times[done] + middle_h * np.exp(rng.normal(0, spread, children))
        times += [float(t) for t in later if t < HOURS]
        done += 1
    return np.sort(np.array(times))


def anywhere(rng: np.random.Generator) -> History:
    """An item whose sources say nothing: each copy is in any of one to twenty."""
    times = cascade(rng)
    chance = np.random.default_rng(len(times))  # of its own, so that the times stay those of former versions
    sources = chance.integers(chance.integers(1, 21), size=len(times))
    return [
        Sighting(t * HOUR, str(source)) for t, source in zip(times.tolist(), sources.tolist(), strict=True)
    ]


def rooms(rng: np.random.Generator) -> History:
    """An item that is handed on within rooms and now and then into a new one, which is what sources are for.

    In a room of so many a copy is the less likely to be posted again the more have it. How large rooms are and how
    often it gets into another is drawn.
    """
    offspring, middle_h, spread, fresh_per_h = _drawn(rng)
    audience, moves = float(np.exp(rng.uniform(np.log(3), np.log(100)))), rng.uniform(0.02, 0.5)
    number, there = count(), Counter[int]()
    waiting = [(0.0, next(number), 0)]
    opened = 1
    for t in rng.uniform(0, HOURS, rng.poisson(fresh_per_h * HOURS)).tolist():
        waiting.append((t, next(number), opened))
        opened += 1
    heapq.heapify(waiting)
    seen: History = []
    while waiting and len(seen) < MOST:
        time_h, _, room = heapq.heappop(waiting)
        if rng.random() < there[room] / audience:
            continue
        there[room] += 1
        seen.append(Sighting(time_h * HOUR, str(room)))
        delays = middle_h * np.exp(rng.normal(0, spread, rng.poisson(offspring)))
        for later in (time_h + delays).tolist():
            if later < HOURS:
                moved = rng.random() < moves
                heapq.heappush(waiting, (later, next(number), opened if moved else room))
                opened += moved
    return seen


def person(rng: np.random.Generator) -> History:
    """Files that show somebody: genuine ones now and then, many on some days, and the copies of a few forgeries."""
    genuine = rng.uniform(0, HOURS, rng.poisson(np.exp(rng.uniform(np.log(0.005), np.log(0.5))) * HOURS))
    seen = [Sighting(t * HOUR, f"usual {rng.integers(5)}") for t in genuine.tolist()]
    for _ in range(rng.poisson(0.5)):
        start, files = rng.uniform(0, HOURS), rng.integers(3, 40)
        party = start + rng.exponential(1.5, files)
        seen += [Sighting(t * HOUR, f"usual {rng.integers(5)}") for t in party.tolist() if t < HOURS]
    for _ in range(rng.poisson(1.0)):
        start_s = rng.uniform(0, HOURS) * HOUR
        moved = [Sighting(each.time_s + start_s, f"room {int(each.source) % 30}") for each in rooms(rng)]
        seen += [each for each in moved if each.time_s < HOURS * HOUR]
    return sorted(seen)


def one_source(rng: np.random.Generator) -> History:
    """The same where all is seen in one source, which can say nothing."""
    return [Sighting(each.time_s) for each in person(rng)]


WORLDS: dict[str, Callable[[np.random.Generator], History]] = {
    "item": anywhere,
    "item, in rooms": rooms,
    "person": person,
    "person, one source": one_source,
}


def _drawn(rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Further copies of each, their middle delay in hours, its spread, and copies an hour from elsewhere."""
    offspring = rng.uniform(0.1, 1.2)
    middle_h, spread = float(np.exp(rng.uniform(np.log(0.2), np.log(12)))), rng.uniform(0.5, 1.5)
    return offspring, middle_h, spread, float(np.exp(rng.uniform(np.log(0.002), np.log(0.2))))

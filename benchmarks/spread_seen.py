"""How little has to be seen for the forecast of a spread to say too little, on simulated histories.

At a random moment of each history (``spread_worlds.py``) our forecast and `as just now` say how probable it is that
five copies or more come within a day. The moments are told apart by how many copies were seen in the 48 hours before:
how often five or more came, what ours said on average, and the Brier scores (0 is best) of both and of whoever always
says no.

    python benchmarks/spread_seen.py --cascades 2000 --seed 0
"""

from __future__ import annotations

import argparse

import numpy as np
from spread_forecast import as_just_now, moments, ours
from spread_worlds import HOUR

from facewarden.policy.forecast import MEMORY_S

COPIES, WITHIN_H = 5, 24.0
SHOWN = ("item", "item, in rooms", "person")
SEEN = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 9), (10, 1_000_000))


def table(count: int, seed: int) -> None:
    print("| what | seen | moments | came | ours said | Brier: ours | as just now | always no |")
    print("|---|---|---|---|---|---|---|---|")
    for world in SHOWN:
        found = moments(world, count=count, seed=seed, within_h=WITHIN_H)
        seen = np.array([one.seen.copies(MEMORY_S) for one in found])
        came = np.array([one.coming >= COPIES for one in found])
        said, plain = (
            np.array([chance(one.seen, COPIES, WITHIN_H * HOUR) for one in found])
            for chance in (ours, as_just_now)
        )
        for low, high in SEEN:
            those = (seen >= low) & (seen <= high)
            often, mean = came[those].mean(), said[those].mean()
            both = " | ".join(f"{((each[those] - came[those]) ** 2).mean():.3f}" for each in (said, plain))
            name = f"{low}" if low == high else f"{low} to {high}" if high < 100 else f"{low} or more"
            print(f"| {world} | {name} | {those.sum()} | {often:.2f} | {mean:.2f} | {both} | {often:.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cascades", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    table(given.cascades, given.seed)


if __name__ == "__main__":
    main()

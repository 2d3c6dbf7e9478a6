"""What comes of 10,000 single-byte changes to a store of people; prints a table.

``python -m benchmarks.protect_tamper [COUNT]`` from the repository. Half of the changes fall upon a file that is drawn
first, so that short files are hit as well, half upon any byte of the store. After each change all that the commands
read is read, once by who enrols and once by who matches, and ``protect verify`` is asked.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.protect.tampering import Fate, Store


def main(count: int) -> int:
    chance, fates = random.Random(20261126), Counter[tuple[str, Fate]]()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        files, sizes = Counter[str](), Counter[str]()
        for path, content in store.whole.items():
            files[store.kind(path)] += 1
            sizes[store.kind(path)] += len(content)
        begun_s = time.perf_counter()
        for number in range(count):
            path, position, change = store.drawn(chance, evenly=number % 2 == 1)
            fate = store.fate(path, position, change)
            fates[store.kind(path), fate] += 1
            if fate is Fate.MISSED:
                print(
                    f"missed: {path.relative_to(store.home)}, byte {position}, xor {change}", file=sys.stderr
                )
        took_s = time.perf_counter() - begun_s
    print(f"| changed in | files | bytes | changes | {' | '.join(Fate)} |")
    print(f"|---|---|---|---|{'---|' * len(Fate)}")
    for kind in (*files, "all"):
        kinds = files if kind == "all" else (kind,)
        found = [sum(fates[each, fate] for each in kinds) for fate in Fate]
        numbers = [sum(files[each] for each in kinds), sum(sizes[each] for each in kinds), sum(found), *found]
        print(f"| {kind} | {' | '.join(f'{number:,}' for number in numbers)} |")
    print(f"\n{1000 * took_s / count:.1f} ms each")
    return 1 if any(fate is Fate.MISSED for _, fate in fates.elements()) else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))

"""How many of 10,000 single-byte changes to a vault ``facewarden vault verify`` finds; prints one line.

``python -m benchmarks.vault_tamper [COUNT]`` from the repository. Half of the changes fall upon a file that is drawn
first, so that short files are hit as well, half upon any byte of the vault.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

from tests.vault.tampering import drawn, files_of, filled, reports_of, unnoticed


def main(count: int) -> int:
    chance, missed, of_reports = random.Random(20261126), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        home = filled(Path(folder))
        reports = reports_of(home)
        files = [(path, path.stat().st_size) for path in files_of(home)]
        begun_s = time.perf_counter()
        for number in range(count):
            path, position, change = drawn(chance, files if number % 2 else [chance.choice(files)])
            of_reports += path in reports
            if unnoticed(home, path, position, change):
                missed += 1
                print(f"missed: {path.relative_to(home)}, byte {position}, xor {change}", file=sys.stderr)
        took_s = time.perf_counter() - begun_s
    sizes = sum(size for _, size in files)
    print(
        f"{count - missed} of {count} single-byte changes found in {len(files)} files of {sizes} bytes, "
        f"{of_reports} of them in {len(reports)} kept reports ({1000 * took_s / count:.1f} ms each)"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))

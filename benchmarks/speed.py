"""How fast and how large a check is, beside decoding alone. Prints one table; run it with scripts/bench.

Ratios are what to look at: both sides run as whole processes, turn by turn, on the same machine. Memory is
sampled from /proc (Linux) every 20 ms: the command and all processes below it together, and the largest alone.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from clips import CACHE, two_faces_clip

CHECK = [sys.executable, "-m", "facewarden", "check", "--json", "--quiet"]
DECODE = [
    sys.executable,
    "-c",
    "import av, sys; c = av.open(sys.argv[1]); print(sum(1 for _ in c.decode(video=0)))",
]
SAMPLE_S = 0.02


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often each side runs (default: 5)")
    parser.add_argument(
        "--against", type=Path, action="append", default=[], help="an earlier forgery network (.onnx)"
    )
    parser.add_argument("--network-only", action="store_true", help="measure nothing but the forgery network")
    parser.add_argument("--no-memory", action="store_true", help="leave out the two long clips")
    options = parser.parse_args()
    rows = []
    if not options.network_only:
        rows += [*help_rows(options.rounds * 3), *ratio_rows(two_faces_clip(20), options.rounds)]
    if not options.network_only and not options.no_memory:
        rows += memory_rows(two_faces_clip(60), two_faces_clip(600))
    rows += network_rows(options.against, options.rounds * 6)
    width = max(len(row[0]) for row in rows)
    print(f"| {'what':{width}} | measured | target |\n|{'-' * (width + 2)}|---|---|")
    for what, measured, target in rows:
        print(f"| {what:{width}} | {measured} | {target} |")


def ratio_rows(clip: Path, rounds: int) -> list[tuple[str, str, str]]:
    """Check and decoding alone, alternating."""
    wall: dict[str, list[float]] = {"check": [], "decode": []}
    for _ in range(rounds):
        for side, command in (("decode", DECODE), ("check", CHECK)):
            wall[side].append(wall_s([*command, str(clip)]))
    check, decode = (statistics.median(wall[side]) for side in ("check", "decode"))
    each = [c / d for c, d in zip(wall["check"], wall["decode"], strict=True)]
    spread = f"{min(each):.2f} to {max(each):.2f}"
    return [
        (f"decoding {clip.name} alone (median of {rounds})", f"{decode:.2f} s", ""),
        (f"facewarden check {clip.name} (median of {rounds})", f"{check:.2f} s", ""),
        ("check over decoding alone", f"{check / decode:.2f} (rounds {spread})", "at most 2.0"),
    ]


def memory_rows(short: Path, long: Path) -> list[tuple[str, str, str]]:
    """The highest memory of a check of each clip."""
    if not Path("/proc/self/statm").exists():
        return [("memory", "not measured: needs /proc", "")]
    peaks = {clip: peak_mb([*CHECK, str(clip)]) for clip in (short, long)}
    rows = [
        (
            f"memory for {clip.name}, all processes (largest one)",
            f"{total:.0f} MB ({largest:.0f} MB)",
            "at most 700 MB",
        )
        for clip, (total, largest) in peaks.items()
    ]
    growth = peaks[long][0] / peaks[short][0] - 1
    return [*rows, ("memory of the long clip over the short one", f"{growth:+.1%}", "within 10%")]


def help_rows(rounds: int) -> list[tuple[str, str, str]]:
    times = [wall_s([sys.executable, "-m", "facewarden", "--help"]) for _ in range(rounds)]
    return [(f"facewarden --help (median of {rounds})", f"{statistics.median(times):.2f} s", "at most 0.3 s")]


def network_rows(against: Sequence[Path], rounds: int) -> list[tuple[str, str, str]]:
    """The forgery network alone, after a warm-up, and over others, turn by turn."""
    import numpy as np

    from facewarden.cues.frame_forgery import MODEL
    from facewarden.errors import ModelError
    from facewarden.faces.track import CROP_SIZE
    from facewarden.inference import Network
    from facewarden.models import model_path

    try:
        ours = Network(model_path(MODEL))
    except ModelError as error:
        return [("forgery network", f"not measured: {error}", "")]
    rows = []
    for size in (1, 16):
        batch = np.random.default_rng(0).uniform(0, 255, (size, 3, CROP_SIZE, CROP_SIZE)).astype(np.float32)
        networks = {None: ours} | {path: Network(path) for path in against}
        took_ms: dict[Path | None, list[float]] = {path: [] for path in networks}
        for turn in range(rounds + 1):
            for path, network in networks.items():
                started_s = time.perf_counter()
                network(batch)
                if turn:
                    took_ms[path].append(1000 * (time.perf_counter() - started_s) / size)
        what = f"batch of {size} (median of {rounds})"
        mine = statistics.median(took_ms.pop(None))
        rows.append((f"forgery network, ms a face, {what}", f"{mine:.1f} ms", ""))
        for path, others in took_ms.items():
            other = statistics.median(others)
            rows.append((f"over {path.stem}, {what}", f"{mine / other:.2f} ({other:.1f} ms)", "at most 1.5"))
    return rows


def wall_s(command: Sequence[str]) -> float:
    """Seconds that a process takes from its start to its end."""
    started_s = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    elapsed_s = time.perf_counter() - started_s
    expect_an_answer(done.returncode, done.stderr)
    return elapsed_s


def peak_mb(command: Sequence[str]) -> tuple[float, float]:
    """(all processes together, the largest one) in MB at their highest."""
    total = largest = 0
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        while process.poll() is None:
            sizes = list(resident_bytes(process.pid))
            total, largest = max(total, sum(sizes)), max(largest, *sizes, 0)
            time.sleep(SAMPLE_S)
        said.seek(0)
        expect_an_answer(process.returncode, said.read())
    return total / 1e6, largest / 1e6


def resident_bytes(pid: int) -> list[int]:
    """Resident memory of `pid` and every process below it."""
    page = 4096
    sizes, pending = [0], [pid]
    while pending:
        one = pending.pop()
        try:
            sizes.append(int(Path(f"/proc/{one}/statm").read_text().split()[1]) * page)
            for task in Path(f"/proc/{one}/task").iterdir():
                pending += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return sizes


def expect_an_answer(code: int, said: bytes) -> None:
    """A check ends with 0, 1 or 3; anything else measured nothing."""
    if code not in (0, 1, 3):
        sys.exit(f"the measured command failed with exit code {code}: {said.decode(errors='replace')}")


if __name__ == "__main__":
    CACHE.mkdir(parents=True, exist_ok=True)
    main()

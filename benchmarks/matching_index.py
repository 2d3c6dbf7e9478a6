"""The index of hashes beside FAISS and beside brute force: build time, memory, and how long one lookup takes.

All in one process on one core, in rounds of 20 lookups by one after the other, so that what else the machine does meets
all alike; ratios are what to look at. "Cold" is a lookup right after other work that used more memory than any cache
holds. The hashes are random, and a tenth lie near one another, so that lookups find something. Every answer is compared
with that of brute force.

    python benchmarks/matching_index.py --hashes 1000000
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from facewarden.matching.index import HashIndex
from facewarden.matching.scan import by_numpy

Words = npt.NDArray[np.uint64]
ROUND = 20
OTHER_BYTES = 400_000_000
Search = Callable[[Words, int], set[int]]


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to look hashes up: its name, its build time in s, its memory in MB, and how to ask it."""

    name: str
    build_s: float
    memory_mb: float
    search: Search
    truth: bool = False


@dataclass(slots=True)
class Run:
    """What one contender took for each lookup, and what it found."""

    warm_ms: list[float] = field(default_factory=list)
    cold_ms: list[float] = field(default_factory=list)
    answers: list[set[int]] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hashes", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=200)
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):  # whatever threads a library starts, they share one core
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    words, queries = made(options.hashes, options.queries)
    contenders = [ours(words), without_faiss(words), brute(words), *faiss_indexes(words)]
    print(f"{options.hashes:,} hashes, {options.queries} lookups each, one core.\n")
    print(
        "| index | radius | build, s | memory, MB | median, ms | p95, ms | p95 over ours | cold, p95, ms | exact |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for radius in (31, 70):
        runs = timed(contenders, queries, radius)
        truth = next(run.answers for each, run in zip(contenders, runs, strict=True) if each.truth)
        for each, run in zip(contenders, runs, strict=True):
            exact = sum(a == b for a, b in zip(run.answers, truth, strict=True)) / len(truth)
            print(
                f"| {each.name} | {radius} | {each.build_s:.2f} | {each.memory_mb:.0f} | "
                f"{np.median(run.warm_ms):.2f} | {p95(run.warm_ms):.2f} | "
                f"{p95(run.warm_ms) / p95(runs[0].warm_ms):.2f} | {p95(run.cold_ms):.2f} | {exact:.1%} |"
            )
    churn(words)


def made(count: int, queries: int) -> tuple[Words, Words]:
    rng = np.random.default_rng(0)
    words = rng.integers(0, 2**64, (count, 4), np.uint64)
    near = rng.integers(0, count, count // 10)
    words[rng.integers(0, count, len(near))] = flipped(rng, words[near], 40)
    return words, flipped(rng, words[rng.integers(0, count, queries)], 70)


def flipped(rng: np.random.Generator, words: Words, most: int) -> Words:
    """The same hashes with 0 to `most` bits changed."""
    masks = rng.random((len(words), 256)) < rng.uniform(0, most / 256, (len(words), 1))
    return words ^ np.packbits(masks, axis=1).view(np.uint64).reshape(-1, 4)


def ours(words: Words) -> Contender:
    started_s = time.perf_counter()
    index = HashIndex()
    index.add(words, np.arange(len(words)))
    build_s = time.perf_counter() - started_s
    return Contender(
        "facewarden",
        build_s,
        index.bytes / 1e6,
        lambda q, r: set(index.within(q, r).owners.tolist()),
    )


def without_faiss(words: Words) -> Contender:
    """What ours does where FAISS is missing, or hashes are few."""
    block = 1 << 15

    def search(query: Words, radius: int) -> set[int]:
        starts = range(0, len(words), block)
        return {
            start + row
            for start in starts
            for row in by_numpy(words[start : start + block], query, radius).tolist()
        }

    return Contender("facewarden without FAISS", 0.0, words.nbytes / 1e6, search)


def brute(words: Words) -> Contender:
    def search(query: Words, radius: int) -> set[int]:
        return set(np.flatnonzero(np.bitwise_count(words ^ query).sum(1) <= radius).tolist())

    return Contender("brute force, NumPy", 0.0, words.nbytes / 1e6, search, truth=True)


def faiss_indexes(words: Words) -> list[Contender]:
    try:
        import faiss
    except ImportError:
        print("FAISS is not installed (pip install faiss-cpu): left out.\n")
        return []
    faiss.omp_set_num_threads(1)
    codes = words.view(np.uint8).reshape(-1, 32)

    def build(name: str, index: object) -> Contender:
        before, started_s = resident_mb(), time.perf_counter()
        index.add(codes)  # type: ignore[attr-defined]
        build_s = time.perf_counter() - started_s

        def search(query: Words, radius: int) -> set[int]:
            _, _, found = index.range_search(query.view(np.uint8).reshape(1, 32), radius + 1)  # type: ignore[attr-defined]
            return set(found.tolist())

        return Contender(name, build_s, resident_mb() - before, search)

    # 16 tables of 16 bits: with 1 bit flipped in a table all hashes within 31 bits are found (pigeonhole); 70 bits
    # would need 4 flips, 2,517 buckets in each table.
    multi = faiss.IndexBinaryMultiHash(256, 16, 16)
    multi.nflip = 1
    return [
        build("FAISS IndexBinaryFlat", faiss.IndexBinaryFlat(256)),
        build("FAISS IndexBinaryMultiHash, 16 x 16 bits, 1 flip", multi),
    ]


def timed(contenders: list[Contender], queries: Words, radius: int) -> list[Run]:
    """Every lookup by every contender: a round of each, warmed up by one that does not count, then cold ones."""
    runs = [Run() for _ in contenders]
    for start in range(0, len(queries), ROUND):
        for each, run in zip(contenders, runs, strict=True):
            each.search(queries[start], radius)
            for query in queries[start : start + ROUND]:
                started_s = time.perf_counter()
                run.answers.append(each.search(query, radius))
                run.warm_ms.append(1000 * (time.perf_counter() - started_s))
    other = np.ones(OTHER_BYTES // 8)
    for query in queries[: len(queries) // 4]:
        for each, run in zip(contenders, runs, strict=True):
            other += 1
            started_s = time.perf_counter()
            each.search(query, radius)
            run.cold_ms.append(1000 * (time.perf_counter() - started_s))
    return runs


def p95(times_ms: list[float]) -> float:
    return float(np.percentile(times_ms, 95))


def churn(words: Words) -> None:
    """How long it takes to add and to remove one picture's hashes in the full index."""
    index = HashIndex()
    index.add(words, np.arange(len(words)))
    adding, removing = [], []
    for number in range(50):
        started_s = time.perf_counter()
        index.add(words[:10], np.full(10, -1 - number))
        adding.append(1000 * (time.perf_counter() - started_s))
    for number in range(50):
        started_s = time.perf_counter()
        index.remove(-1 - number)
        removing.append(1000 * (time.perf_counter() - started_s))
    print(
        f"\nAdding ten hashes to the full index: median {np.median(adding):.2f} ms (once {max(adding):.0f} ms, when it"
    )
    print(f"grows); removing them: median {np.median(removing):.2f} ms.")


def resident_mb() -> float:
    try:
        with open("/proc/self/statm") as file:  # noqa: PTH123 - no file of ours
            return int(file.read().split()[1]) * 4096 / 1e6
    except OSError:
        return float("nan")


if __name__ == "__main__":
    main()

"""What benchmarks/matching_copies.py has measured so far, and the tables of it."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from matching_edits import CLIP_EDITS, PICTURE_EDITS

from facewarden.matching.lookup import Reason

PEERS = {
    "pictures": {"plain": "plain", "Meta": "meta"},
    "clips": {"plain": "plain", "Meta, 1 a second": "meta", "Meta, every frame": "meta_every"},
}
"""What ours is compared with: the head of a column, and the key of the records."""

SCENES = ("other clips of the same scene", "other seconds of one recording")
"""What is looked up in the part `scenes`; none of it is a copy."""


class Results:
    """Records that are kept as they come, one JSON object a line, by (part, number, edit)."""

    def __init__(self, path: Path, run: str) -> None:
        self._path, self._run = path, run
        self.records: dict[tuple[str, int, str], dict[str, Any]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            for line in path.read_text("utf-8").splitlines():
                try:
                    record = json.loads(line)
                    if record["run"] == run:
                        self.records[record["part"], record["number"], record["edit"]] = record
                except (ValueError, KeyError):
                    continue  # the line that was being written when the last run was stopped

    def has(self, part: str, number: int, edit: str) -> bool:
        return (part, number, edit) in self.records

    def get(self, part: str, number: int, edit: str) -> dict[str, Any] | None:
        return self.records.get((part, number, edit))

    def add(self, part: str, number: int, edit: str, **values: Any) -> None:
        record = {"run": self._run, "part": part, "number": number, "edit": edit, **values}
        self.records[part, number, edit] = record
        with self._path.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps(record))

    def part(self, part: str) -> list[dict[str, Any]]:
        return [record for key, record in self.records.items() if key[0] == part]

    def of(self, part: str, edit: str) -> list[dict[str, Any]]:
        return [record for key, record in self.records.items() if key[0] == part and key[2] == edit]


def print_tables(results: Results) -> None:
    for part, edits in (
        ("pictures", [(edit.name, edit.asked) for edit in PICTURE_EDITS]),
        ("clips", [(edit.name, True) for edit in CLIP_EDITS]),
    ):
        if not results.part(part):
            continue
        peers = PEERS[part]
        heads = ["edit", "n", *peers, "ours, confirmed", "ours, with review"]
        heads += [f"false, {each}" for each in (*peers, "ours")]
        if part == "pictures":
            heads.append("wrong leads")
        print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
        for name, asked in edits:
            print_row(name if asked else f"{name} (not asked for)", results.of(part, name), peers.values())
        print_row(
            "**all that are asked for**",
            [r for name, asked in edits if asked for r in results.of(part, name)],
            peers.values(),
        )
        if part == "clips" and any(record.get("meta") is None for record in results.part(part)):
            print("\nMeta's matcher was not asked where its package or the binding `vpdq` was not installed.")
        others = [
            r["review_false"] for name, _ in edits for r in results.of(part, name) if "review_false" in r
        ]
        if others:
            print(
                f"\nOf {len(others):,} lookups {sum(map(bool, others))} found another picture, too, in either tier."
            )
    twins = results.part("twins")
    if twins:
        told = {label: sum(r[label] == Reason.ONLY_FACE_DIFFERS for r in twins) for label in ("fake", "real")}
        print(
            f"\nOf {len(twins)} edited frames with a live swap {told['fake']} are leads (only_face_differs), of"
        )
        print(f"their {len(twins)} genuine twins {told['real']}.")
    print_scenes(results)
    pairs = results.of("pairs", "")
    if pairs:
        count = sum(record["pairs"] for record in pairs)
        print(
            f"\n{count:,} pairs of pictures of different people; {len(pairs)} pictures, each looked up in all ways"
        )
        print("among those before it:")
        for what in ("confirmed", "review", "plain"):
            found = sum(len(record[what]) for record in pairs)
            print(f"- {what}: {found} (at most {upper(found, count):.1e} of all pairs, 95 %)")


def print_scenes(results: Results) -> None:
    if not results.part("scenes"):
        return
    print("\n| no copies | pairs | enough seconds alike, in order | confirmed |\n|---|---|---|---|")
    for what in SCENES:
        records = results.of("scenes", what)
        counts = [sum(record[key] for record in records) for key in ("pairs", "alike", "confirmed")]
        print(f"| {what} | {' | '.join(map(str, counts))} |")
    for method in sorted({record["method"] for record in results.part("scenes")}):
        own = [record for record in results.part("scenes") if record["method"] == method]
        alike, confirmed = (sum(record[key] for record in own) for key in ("alike", "confirmed"))
        print(f"- {method}: {alike} alike, {confirmed} confirmed")


def print_row(name: str, records: Sequence[dict[str, Any]], peers: Collection[str]) -> None:
    if not records:
        return
    cells = [share(records, key) for key in (*peers, "ours", "review")]
    cells += [total(records, f"{key}_false") for key in (*peers, "ours")]
    leads = [record["reason"] == Reason.ONLY_FACE_DIFFERS for record in records if "reason" in record]
    if leads:  # only pictures are asked whether a face differs
        cells.append(str(sum(leads)))
    print(f"| {name} | {len(records)} | {' | '.join(cells)} |")


def total(records: Sequence[dict[str, Any]], key: str) -> str:
    values = [record[key] for record in records if record.get(key) is not None]
    return str(sum(values)) if values else "not measured"


def share(records: Sequence[dict[str, Any]], key: str) -> str:
    values = [record[key] for record in records if record.get(key) is not None]
    if not values:
        return "not measured"
    low, high = wilson(sum(values), len(values))
    return f"{sum(values) / len(values):.3f} ({low:.3f}-{high:.3f})"


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share."""
    middle, spread = (
        hits / count + z * z / (2 * count),
        z * math.sqrt(hits / count * (1 - hits / count) / count + z * z / (4 * count * count)),
    )
    scale = 1 + z * z / count
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def upper(hits: int, count: int) -> float:
    """One-sided 95 % bound of a rate; the rule of three where nothing was found."""
    return 3 / count if hits == 0 else wilson(hits, count, 1.645)[1]

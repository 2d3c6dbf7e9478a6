from __future__ import annotations

import csv
from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.lab import dataset
from facewarden.lab.bench.run import BenchOptions, bench
from facewarden.lab.bench.sheets import write_sheets


@pytest.fixture
def folder(tmp_path: Path, collection) -> Path:  # type: ignore[no-untyped-def]
    mine = tmp_path / "mine.py"
    mine.write_text(
        "def size(path):\n    size = path.stat().st_size\n    return None if size % 2 else -size\n", "utf-8"
    )
    options = BenchOptions(
        data=collection(pairs=6),
        detectors=(f"{mine}:size",),
        cache=None,
        rounds=20,
        processes=1,
        probes=False,
    )
    out = tmp_path / "sheets"
    write_sheets(bench(options), out)
    return out


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_scores_name_files_by_their_place_in_the_collection(folder: Path, tmp_path: Path) -> None:
    rows = [row for row in read(folder / "scores.csv") if row["detector"] == "size"]
    items = dataset.load(tmp_path / "data").items
    assert [(row["collection"], row["file"]) for row in rows] == [
        ("data", item.path.relative_to(tmp_path / "data").as_posix()) for item in items
    ]
    for row, item in zip(rows, items, strict=True):
        size = item.path.stat().st_size
        assert row["score"] == ("" if size % 2 else str(float(-size)))
        assert row["state"] == ("abstained" if size % 2 else "judged")
        assert (row["label"], row["pair"], row["identity"]) == (item.label, item.pair, item.identity)


def test_baselines_are_there_by_contest_and_no_path_is_absolute(folder: Path, tmp_path: Path) -> None:
    rows = read(folder / "scores.csv")
    assert {(row["contest"], row["detector"]) for row in rows} == {
        ("", "size"), ("swap", "bits a pixel"), ("swap", "bits, recoded"), ("swap", "metadata, same set"),
    }  # fmt: skip
    assert not any(str(tmp_path) in path.read_text("utf-8") for path in folder.iterdir())


def test_rows_of_tables_have_their_intervals_and_nothing_for_the_unknown(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {"scores.csv", "contests.csv"}
    (row,) = [row for row in read(folder / "contests.csv") if row["detector"] == "size"]
    assert float(row["auc_low"]) <= float(row["auc"]) <= float(row["auc_high"])
    assert (row["brier"], row["brier_low"]) == ("", "")
    assert row["against"] == "portraits"


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path, collection) -> None:  # type: ignore[no-untyped-def]
    result = bench(
        BenchOptions(data=collection(pairs=2), detectors=(), cache=None, rounds=2, processes=1, probes=False)
    )
    (tmp_path / "taken").write_text("a file", "utf-8")
    with pytest.raises(UsageError, match="could not be written"):
        write_sheets(result, tmp_path / "taken")

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.lab import dataset
from facewarden.lab.bench.run import BenchOptions, bench


def options(data: Path, **changes: object) -> BenchOptions:
    plain: dict[str, object] = {
        "data": data,
        "detectors": (),
        "cache": None,
        "rounds": 50,
        "processes": 1,
        "probes": False,
    }
    return BenchOptions(**(plain | changes))  # type: ignore[arg-type]


def test_soft_forgeries_are_told_by_their_bits_alone(collection: Callable[..., Path]) -> None:
    result = bench(options(collection(pairs=12, softness=0.7)))
    rows = {row.detector: row for row in result.shortcuts}
    assert set(rows) == {"bits a pixel", "metadata, same set"}
    assert rows["bits a pixel"].paired_accuracy.value == 1.0
    assert rows["bits a pixel"].auc.value == 1.0
    assert rows["metadata, same set"].auc.value > 0.95


def test_like_twins_are_not_told_apart(collection: Callable[..., Path]) -> None:
    rows = {row.detector: row for row in bench(options(collection(pairs=60, softness=0.0))).shortcuts}
    interval = rows["bits a pixel"].paired_accuracy
    assert interval.low < 0.5 < interval.high


def test_metadata_is_fitted_to_the_training_split_only(collection: Callable[..., Path]) -> None:
    train = collection("train", split="train", pairs=15, softness=0.7)
    result = bench(options(collection("dev", pairs=10, softness=0.7), more=(train,)))
    rows = {row.detector: row for row in result.shortcuts}
    assert rows["metadata, train"].fakes == 10
    assert rows["metadata, train"].auc.value > 0.95


def test_files_that_are_also_in_the_training_split_are_left_out(collection: Callable[..., Path]) -> None:
    train = collection("train", split="train", pairs=6)
    dev = collection("dev", pairs=6)
    items = dataset.load(dev).items
    items[0].path.write_bytes(dataset.load(train).items[0].path.read_bytes())
    result = bench(options(dev, more=(train,)))
    assert result.left_out == ("1 file(s) of portraits: also in `train`",)
    assert result.shortcuts[0].reals == 5
    assert result.shortcuts[0].paired


def test_the_same_seed_writes_the_same_page(collection: Callable[..., Path]) -> None:
    data = collection(pairs=8, softness=0.1)
    assert bench(options(data)).markdown() == bench(options(data)).markdown()


def test_what_is_not_there_is_said(collection: Callable[..., Path]) -> None:
    data = collection(pairs=2)
    with pytest.raises(UsageError, match="'sealed' has no forgeries"):
        bench(options(data, split="sealed"))
    with pytest.raises(UsageError, match="but got magic"):
        bench(options(data, detectors=("magic",)))


@pytest.mark.data
def test_the_research_data_gives_the_contests_that_are_reported() -> None:
    try:
        data = dataset.data_root()
    except UsageError as error:
        pytest.skip(f"the research data is not here: {error}")
    result = bench(options(data, rounds=20, one_rate=False))
    paired = {row.contest: row.paired for row in result.shortcuts}
    assert paired == {
        "dfdc_crops": True,
        "live_autoencoder": True,
        "flux_lora": False,
        "loopy_diffusion": False,
        "stylegan2": False,
    }
    assert all(row.failed == 0 for row in result.shortcuts)


def test_methods_narrow_the_benchmark(collection: Callable[..., Path]) -> None:
    with pytest.raises(UsageError, match="no forgeries"):
        bench(options(collection(pairs=2), methods=("portraits",)))

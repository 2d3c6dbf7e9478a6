from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.lab.bench.metrics import Interval
from facewarden.lab.study.results import Estimate, read_results, write_results
from tests.lab.study.outcomes import estimate, results

pytestmark = pytest.mark.lab


def test_results_come_back_as_they_were_written(tmp_path: Path) -> None:
    write_results(tmp_path / "results.json", results())
    assert read_results(tmp_path / "results.json") == results()


def test_an_estimate_without_an_interval_is_plain_json() -> None:
    nan = float("nan")
    unknown = Estimate.of(Interval(0.5, nan, nan), [0.4, 0.6])
    assert unknown == Estimate(0.5, None, None, (0.4, 0.6))
    assert unknown.interval.known
    assert estimate(0.5).interval == Interval(0.5, 0.49, 0.51)


def test_a_level_that_was_not_measured_is_none() -> None:
    assert results().level("full", "dfdc_crops", "paired") == estimate(0.95)
    assert results().level("twins-0.1", "dfdc_crops", "paired") is None


@pytest.mark.parametrize("content", ['{"format": "facewarden-study/2"}', "{}"])
def test_damaged_results_are_said(tmp_path: Path, content: str) -> None:
    (tmp_path / "results.json").write_text(content)
    with pytest.raises(UsageError, match="is damaged; delete it and run the command again"):
        read_results(tmp_path / "results.json")

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fabricated
from facewarden.messages import catalogue
from facewarden.report.html import heat as module
from facewarden.report.html.heat import MOST_CELLS, SIDE, cells, hottest, region, regions
from facewarden.report.model import HeatMap


def test_examples_in_the_documentation() -> None:
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0


@pytest.mark.parametrize(
    ("x", "y", "where"),
    [(0.5, 0.7, "mouth"), (0.5, 0.15, "forehead"), (0.35, 0.36, "eyes"), (0.5, 0.52, "nose"),
     (0.32, 0.55, "cheeks"), (0.5, 0.84, "chin"), (0.06, 0.5, "edge")],
)  # fmt: skip
def test_the_hottest_place_has_a_name(x: float, y: float, where: str) -> None:
    assert regions(fabricated.heat_map(0, x=x, y=y, spread=0.05))[0] == where


@given(st.floats(0, 1), st.floats(0, 1))
def test_every_place_has_a_name_in_the_catalogue(x: float, y: float) -> None:
    assert f"html.region.{region(x, y)}" in catalogue("en")


def test_a_faint_map_has_no_hottest_place_and_draws_nothing() -> None:
    faint = fabricated.heat_map(0, peak=20)
    assert regions(faint) == ()
    assert cells(faint) == ()


def test_heat_everywhere_is_the_whole_face() -> None:
    assert regions(HeatMap(time_s=0, grid=[[200] * 8 for _ in range(8)])) == ("all",)


def test_cells_lie_where_the_values_are() -> None:
    grid = [[0] * 8 for _ in range(8)]
    grid[6][2] = 255
    (cell,) = cells(HeatMap(time_s=0, grid=grid))
    assert (cell.x, cell.y, cell.size, cell.shade) == (64, 192, 32, 1)


@pytest.mark.parametrize("side", [1, 7, 16, 28, 64])
def test_a_fine_map_is_drawn_coarser_but_keeps_its_peak(side: int) -> None:
    grid = [[50] * side for _ in range(side)]
    grid[side // 2][side // 2] = 255
    drawn = cells(HeatMap(time_s=0, grid=grid))
    assert len(drawn) <= MOST_CELLS**2
    assert max(cell.shade for cell in drawn) == 1
    assert max(cell.x + cell.size for cell in drawn) == pytest.approx(SIDE, abs=0.2)


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_magnified_window_lies_in_the_face_and_holds_the_peak(x: float, y: float) -> None:
    heat = fabricated.heat_map(0, x=x, y=y, spread=0.04)
    window = hottest(heat)
    assert 0 <= window.x <= SIDE - window.size
    assert 0 <= window.y <= SIDE - window.size
    peak = max(value for row in heat.grid for value in row)
    spots = [(c, r) for r, row in enumerate(heat.grid) for c, value in enumerate(row) if value == peak]
    cell = SIDE / fabricated.GRID
    assert any(
        window.x <= (c + 0.5) * cell <= window.x + window.size
        and window.y <= (r + 0.5) * cell <= window.y + window.size
        for c, r in spots
    )

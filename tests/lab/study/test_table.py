"""What is said of a study, in words and tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from facewarden.lab.study.results import MEAN, Curve
from facewarden.lab.study.table import SLOT, render
from tests.lab.study.outcomes import change, results, trained

pytestmark = pytest.mark.lab


def row(text: str, *beginning: str) -> str:
    """The first row of a table that begins with these cells."""
    return next(
        line
        for line in text.splitlines()
        if [cell.strip() for cell in line.strip("|").split("|")][: len(beginning)] == list(beginning)
    )


def test_it_says_what_was_trained_and_how_to_read_it() -> None:
    text = render(results())
    said = " ".join(text.split())
    assert "5 trainings from the published ImageNet weights, 150 steps of 20 pairs each" in said
    assert "30 minutes of training in all; seeds: 1." in said
    assert "`dfdc` 0.42, `lips` 0.04" in said
    assert "A difference is *told* where its interval does not hold 0" in text
    assert "nan" not in text


def test_the_full_training_has_a_row_for_every_kind() -> None:
    text = render(results())
    assert "| 0.80 [0.79, 0.81] | 0.95 [0.94, 0.96] | 20 people" in row(text, "dfdc_crops", "dfdc")
    assert "| 0.80 [0.79, 0.81] | –" in row(text, "loopy_diffusion", "never trained on")
    assert "0.80 [0.79, 0.81]" in row(text, "*mean over families*")


def test_a_family_left_out_is_set_against_one_that_was_trained_on() -> None:
    text = render(results())
    line = row(text, "dfdc", "dfdc_crops")
    assert "0.90 [0.89, 0.91] | 0.70 [0.69, 0.71] | -0.200 [-0.210, -0.190] told" in line
    assert "-0.100 [-0.110, -0.090] told" in line
    assert "`lips`: `dev` was measured on no forgeries of it (wav2lip), so it has no row above." in text
    assert "+0.001 [-0.009, +0.011]  |" in row(text, "lips") or "+0.001 [-0.009, +0.011] |" in row(
        text, "lips"
    )


def test_a_curve_has_its_points_its_last_step_and_a_sentence() -> None:
    text = render(results())
    assert "### More twins" in text
    assert (
        "From 0.33 to 1 (share of the twins) the mean AUC over families changes by +0.025 [+0.015, +0.035] told: it "
        "still pays. Told by a kind of forgery alone: dfdc_crops (better by AUC)."
    ) in " ".join(text.split())
    assert "0.83 [0.82, 0.84]" in row(text, "0.1", "40")
    assert "0.84 [0.83, 0.85]" in row(text, "0.33", "50")
    assert row(text, "1", "10").count("0.80 [0.79, 0.81]") == 3
    assert "+0.030 [+0.020, +0.040] told" in text


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("lower", "it does harm"),
        ("not told apart", "that it still pays is not shown"),
        ("cannot be told", "too few people or files to tell"),
    ],
)
def test_the_sentence_follows_the_rule(outcome: str, words: str) -> None:
    step = change(MEAN, -0.01, outcome=outcome, before="full", after="compute-3")  # type: ignore[arg-type]
    curve = Curve("compute", (1.0, 3.0), ("full", "compute-3"), (step,))
    text = " ".join(
        render(results(curves=(curve,), trainings=(trained("full"), trained("compute-3")))).split()
    )
    assert (
        "From 1 to 3 (factor on the steps) the mean AUC over families changes by -0.010 [-0.020, +0.000]"
        in text
    )
    assert f": {words}. Told by a kind of forgery alone: none." in text


def test_a_curve_without_anything_measured_says_so() -> None:
    curve = Curve("people", (0.1, 1.0), ("people-0.1", "full"), ())
    text = render(results(curves=(curve,), levels=()))
    assert "### More people" in text
    assert "`dev` has no forgeries of the families that were trained on, so nothing is told." in " ".join(
        text.split()
    )


def test_differences_without_an_interval_stand_alone() -> None:
    text = render(results(left_out={"dfdc": (change("dfdc_crops", -0.2, spread=None),)}))
    assert "| -0.200 " in row(text, "dfdc", "dfdc_crops")
    assert "nan" not in text


def test_what_a_curve_counts_may_differ_between_seeds() -> None:
    one = results()
    more = (*one.trainings, trained("twins-0.1", seed=2, twins=44))
    assert "40–44" in row(render(replace(one, trainings=more)), "0.1")


def test_columns_line_up() -> None:
    blocks = [
        [line for line in block.splitlines() if line.startswith("|")]
        for block in render(results()).split("\n\n")
    ]
    tables = [lines for lines in blocks if lines]
    assert len(tables) == 5
    for lines in tables:
        assert len({len(line) for line in lines}) == 1
        assert len({line.count("|") for line in lines}) == 1


def test_a_page_keeps_what_stands_around_the_tables(tmp_path: Path) -> None:
    page = tmp_path / "study.md"
    page.write_text(f"before\n{SLOT.begin}\nformer tables\n{SLOT.end}\nafter\n")
    SLOT.write(render(results()), page)
    text = page.read_text()
    assert text.startswith(f"before\n{SLOT.begin}\n\n5 trainings")
    assert text.endswith(f"{SLOT.end}\nafter\n")
    assert "former tables" not in text

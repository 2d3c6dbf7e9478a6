from __future__ import annotations

import itertools

import pytest

from facewarden.cli.exit_codes import exit_code_of, weightiest
from facewarden.report.model import Level
from tests.fabricated import clear_report, faceless_report, failed_report, photo_report, sentence


@pytest.mark.parametrize(
    ("level", "fail_on", "code"),
    [
        (Level.WEAK, "weak", 1),
        (Level.WEAK, "likely", 0),
        (Level.LIKELY, "weak", 1),
        (Level.LIKELY, "likely", 1),
        (Level.LIKELY, "very_likely", 0),
        (Level.VERY_LIKELY, "very_likely", 1),
        (Level.VERY_LIKELY, "never", 0),
    ],
)
def test_findings_by_level(level: Level, fail_on: str, code: int) -> None:
    assert exit_code_of(photo_report(level=level), fail_on=fail_on) == code


@pytest.mark.parametrize("fail_on", ["weak", "likely", "very_likely", "never"])
def test_errors_and_silence_do_not_depend_on_the_level_asked_for(fail_on: str) -> None:
    assert exit_code_of(failed_report(), fail_on=fail_on) == 2
    assert exit_code_of(faceless_report(), fail_on=fail_on) == 3
    assert exit_code_of(clear_report(), fail_on=fail_on) == 0


@pytest.mark.parametrize("code", ["truncated_at_limit", "damaged_tail", "damaged_frames"])
def test_what_was_checked_in_part_does_not_pass(code: str) -> None:
    part = clear_report().model_copy(update={"not_checked": [sentence(f"left_out.{code}")]})
    assert exit_code_of(part, fail_on="likely") == 3
    flagged = photo_report().model_copy(update={"not_checked": [sentence(f"left_out.{code}")]})
    assert exit_code_of(flagged, fail_on="likely") == 1


def test_the_order_of_codes() -> None:
    order = (2, 1, 3, 0)
    for length in range(1, 5):
        for codes in itertools.permutations(order, length):
            assert weightiest(codes) == min(codes, key=order.index)


def test_a_run_without_a_file_is_an_error() -> None:
    assert weightiest([]) == 2

"""``facewarden lab evasion``: what it asks for and prints. The measuring is a stand-in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("skimage", reason="needs the extra [lab]: scikit-image is missing")

from click.testing import CliRunner, Result

from facewarden.cli.lab_evasion import evasion_command
from facewarden.lab.bench import evasion
from facewarden.lab.bench.evasion import Outcome, Plan
from facewarden.lab.bench.photo_check import Seen
from facewarden.report.model import Level

pytestmark = pytest.mark.lab

SEEN = Seen(Level.NO_SIGN, "", -2.0, False)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Plan, dict[str, Any]]]:
    """What the command wants to have measured."""
    wants: list[tuple[Plan, dict[str, Any]]] = []

    def measure(data: object, plan: Plan, **options: Any) -> list[Outcome]:
        options.pop("hook")("evasion", 1, 1)
        wants.append((plan, options))
        budgets = (float("inf"), *plan.budgets_db)
        return [Outcome("stylegan2", how, db, SEEN, SEEN, db, 1.0) for how in plan.hows for db in budgets]

    monkeypatch.setattr(evasion, "measure", measure)
    return wants


def lab_evasion(folder: Path, *arguments: str) -> Result:
    (folder / "manifest.csv").write_text("path,split,label,media,method,identity,pair,licence\n")
    return CliRunner().invoke(evasion_command, ["--data", str(folder), *arguments])


def test_attackers_and_budgets_are_named_one_by_one(
    asked: list[tuple[Plan, dict[str, Any]]], tmp_path: Path
) -> None:
    arguments = "--how score --how aware --how score --budget 44 --budget 40 --steps 7 --queries 90 --seed 5"
    done = lab_evasion(tmp_path, *arguments.split(), "--count", "3", "--processes", "1")
    assert done.exit_code == 0, done.output
    assert asked == [(Plan(("score", "aware"), (44.0, 40.0), 7, 90, 5), {"count": 3, "processes": 1})]
    assert [line.split("|")[1].strip() for line in done.stdout.splitlines()[2:]] == [
        "nobody",
        "score only",
        "score only",
        "white box, aware of the second look",
        "white box, aware of the second look",
    ]
    assert done.stderr == "evasion: 1 of 1\n"


def test_all_three_attack_where_none_is_named(
    asked: list[tuple[Plan, dict[str, Any]]], tmp_path: Path
) -> None:
    lab_evasion(tmp_path)
    ((plan, _),) = asked
    assert plan == Plan()


@pytest.mark.parametrize("arguments", [["--how", "luck"], ["--budget", "20"], ["--queries", "3"]])
def test_what_is_none_or_out_of_range_is_refused(
    asked: list[tuple[Plan, dict[str, Any]]], tmp_path: Path, arguments: list[str]
) -> None:
    assert lab_evasion(tmp_path, *arguments).exit_code == 2
    assert not asked

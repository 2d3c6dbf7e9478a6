"""``facewarden policy``: rules tried on reports, in words and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import fabricated
from facewarden.cli.policy import policy_group
from facewarden.errors import UsageError


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    path = tmp_path / "reports.jsonl"
    path.write_text("".join(report.model_dump_json() + "\n" for report in fabricated.folder("en")), "utf-8")
    return path


def run(*arguments: object) -> str:
    outcome = CliRunner().invoke(policy_group, [str(a) for a in arguments], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


def test_every_rule_is_explained(reports: Path) -> None:
    out = run("test", reports)
    for report in fabricated.folder("en"):
        assert f"{report.path}: " in out
    assert "+ could not be judged: hold" in out
    assert "      level: likely (weak or above)" in out
    assert "not confirmed or better" in out


def test_as_if_asks_what_would_be(reports: Path) -> None:
    lines = [json.loads(line) for line in run("test", reports, "--json", "--match", "confirmed").splitlines()]
    assert len(lines) == len(fabricated.folder("en"))
    for line in lines:
        assert {"quarantine", "escalate"} <= set(line["actions"])
        fired = {rule["rule"]: rule for rule in line["rules"] if rule["fired"]}
        assert fired["copy of enrolled material"]["conditions"] == [
            {"condition": "match", "wanted": "confirmed or better", "found": "confirmed", "holds": True}
        ]
    assert "person: Anna (anybody enrolled)" in run("test", reports, "--person", "Anna")


def test_rules_of_ones_own_from_standard_input(tmp_path: Path, reports: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "version: 1\nrules:\n  - {name: all, then: [warn, {webhook: desk}, {command: page}], stop: true}\n"
    )
    outcome = CliRunner().invoke(
        policy_group,
        ["test", "-", "--policy", str(rules)],
        input=reports.read_bytes(),
        catch_exceptions=False,
    )
    assert "  + all: warn, webhook desk, command page" in outcome.stdout
    assert run("show", rules) == "all: warn, webhook desk, command page, then stop\n"
    assert run("show").splitlines()[0] == "test forgery of a lab: note"


@pytest.mark.parametrize(("content", "why"), [("", "There is no report"), ("\n{}\n", "Line 2 is no report")])
def test_what_is_no_report_is_said(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "reports.jsonl"
    path.write_text(content)
    with pytest.raises(UsageError, match=why):
        run("test", path)

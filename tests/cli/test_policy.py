"""``facewarden policy``: rules tried on reports, in words and as JSON."""

from __future__ import annotations

import json
import re
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
    assert "+ could not be judged: hold\n      any: abstained yes" in out
    assert "      any: level likely (one of: level likely or above | match review or better)\n" in out
    assert (
        "      any: level weak | match none (not one of: level likely or above | match review or better)\n"
        in out
    )
    assert "      not: match none (without match confirmed or better)\n" in out
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
        assert "perhaps a copy of enrolled material" not in fired
    assert "+ perhaps a copy of enrolled material: hold" in run("test", reports, "--match", "review")
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


SPREADING = """
version: 1
rules:
  - {name: spreads, when: {spread: {copies: 3, sources: 2, within: 1h}}, then: [escalate]}
  - {name: will spread, when: {forecast: {copies: 2, within: 6h, probability: 0.5}}, then: [warn]}
"""


def test_spread_and_forecast_are_tried_on_sightings(tmp_path: Path, reports: Path) -> None:
    rules, file = tmp_path / "rules.yaml", tmp_path / "seen.jsonl"
    rules.write_text(SPREADING)
    times = ["2026-11-26T12:00Z", "2026-11-26T21:20+09:00", "2026-11-26T12:40:30.5Z"]
    file.write_text("".join(json.dumps({"time": time, "source": "b"}) + "\n" for time in times[1:]))
    words = ("test", reports, "--policy", rules, "--seen", f"{times[0]},a")
    out = run(*words)
    assert "  - spreads\n" in out
    assert "      spread: 1 file in 1 source (not 3 or more copies in 2 or more sources within 1h)\n" in out
    out = run(*words, "--sightings", file)
    assert "  + spreads: escalate\n" in out
    assert "      spread: 3 files in 2 sources (3 or more copies in 2 or more sources within 1h)\n" in out
    (told, *_) = [line for line in out.splitlines() if "forecast: " in line]
    found = re.fullmatch(
        r" +forecast: \d+%; (\d+) to (\d+) to come with 80 %, median (\d+); (\d+)% if as many come as just now "
        r"\(2 or more .*\)",
        told,
    )
    assert found is not None, told
    low, high, median, plain = map(int, found.groups())
    assert plain == 86  # of a Poisson count of 3.5 at least 2
    assert low <= median <= high
    assert high >= 2
    later = run(*words, "--sightings", file, "--now", "2026-11-28T12:00Z")
    assert "spread: 0 files in 0 sources" in later
    assert "  - will spread\n" in later


ABOUT_PEOPLE = """
version: 1
rules:
  - {name: often, when: {person_spread: {files: 2, sources: 2, within: 1h}}, then: [escalate]}
  - {name: only ben, when: {person_spread: {person: [Ben], files: 2, within: 1h}}, then: [escalate]}
  - {name: will be, when: {person_forecast: {files: 1, within: 24h}}, then: [warn]}
"""


def test_rules_about_people_are_tried_on_sightings_of_people(tmp_path: Path, reports: Path) -> None:
    rules, file = tmp_path / "rules.yaml", tmp_path / "seen.jsonl"
    rules.write_text(ABOUT_PEOPLE)
    file.write_text(
        '{"time": "2026-11-26T12:00Z", "source": "a", "person": "Anna"}\n'
        '{"time": "2026-11-26T12:00Z", "source": "a"}\n'
    )
    words = ("test", reports, "--policy", rules, "--sightings", file, "--person", "Anna", "--person", "Ben")
    out = run(*words)
    counted = "Anna: 1 file in 1 source; Ben: 0 files in 0 sources (not 2 or more files with one person"
    assert f"      person_spread: {counted}" in out
    assert "  - often\n" in out
    out = run(*words, "--seen-person", "Anna", "2026-11-26T12:30Z,b, of course")
    assert "  + often: escalate\n" in out
    assert "  - only ben\n" in out
    assert "      person_spread: Ben: 0 files in 0 sources (not 2 or more files with one of Ben in " in out
    assert re.search(r"  \+ will be: warn\n +person_forecast: Anna: \d+%; 0 to \d+ to come with 80 %", out)
    # Copies of the item say nothing of a person.
    out = run(*words[:4], "--seen", "2026-11-26T12:00Z,a", "--seen", "2026-11-26T12:10Z,b", *words[6:])
    assert "person_spread: Anna: 0 files in 0 sources; Ben: 0 files in 0 sources" in out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--seen-person", "Anna", "noon"], "is no time with its zone"),
        (["--seen", "noon,a"], "is no time with its zone"),
        (["--seen", "2026-11-26T12:00"], "is no time with its zone"),
        (["--now", "2026"], "is no time with its zone"),
        (["--sightings", "none"], "cannot be read"),
        (["--sightings", "{bad}"], "Line 2 of .* is no sighting"),
    ],
)
def test_what_is_no_sighting_is_said(tmp_path: Path, reports: Path, words: list[str], why: str) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"time": "2026-11-26T12:00Z"}\n{"time": "2026-11-26T12:00"}\n')
    with pytest.raises(UsageError, match=why):
        run("test", reports, *(word.replace("{bad}", str(bad)) for word in words))


@pytest.mark.parametrize(("content", "why"), [("", "There is no report"), ("\n{}\n", "Line 2 is no report")])
def test_what_is_no_report_is_said(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "reports.jsonl"
    path.write_text(content)
    with pytest.raises(UsageError, match=why):
        run("test", path)

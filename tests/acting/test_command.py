"""Running real programs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from facewarden.acting.command import Commands
from facewarden.acting.configuration import Program
from facewarden.acting.outcome import DONE, Ended
from facewarden.acting.steps import Kind, Step
from tests.acting.making import matter
from tests.cli.running import eventually

STEP, FILE = Step(Kind.COMMAND, "page"), Path("/srv/chat/secret name.jpg")


def hand(script: str, *words: str, **more: object) -> Commands:
    program = {"argv": [sys.executable, "-c", script, *words], **more}
    return Commands({"page": Program.model_validate(program)})


def test_it_is_told_on_standard_input_and_gets_little_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEWARDEN_PASSPHRASE", "secret")
    monkeypatch.setenv("PAGER_TOKEN", "token")
    script = (
        "import json,os,sys; told=sys.stdin.read();"
        "open(sys.argv[1],'w').write(json.dumps([json.loads(told), dict(os.environ), os.getcwd(), sys.argv[2]]))"
    )
    out = tmp_path / "out"
    about = matter("escalate")
    assert hand(script, str(out), "$HOME `id`", environment=["PAGER_TOKEN"]).do(STEP, about, FILE) == DONE
    told, environment, folder, word = json.loads(out.read_text())
    assert told == json.loads(json.dumps(about.told()))
    assert "secret name" not in out.read_text()
    assert environment["PAGER_TOKEN"] == "token"
    assert "FACEWARDEN_PASSPHRASE" not in environment
    assert (folder, word) == ("/", "$HOME `id`")


@pytest.mark.parametrize(
    ("script", "detail"), [("raise SystemExit(3)", "exit code 3"), ("1/0", "exit code 1")]
)
def test_a_program_that_fails(script: str, detail: str) -> None:
    outcome = hand(script).do(STEP, matter(), FILE)
    assert (outcome.ended, outcome.detail, outcome.again) == (Ended.FAILED, detail, False)


def test_a_program_that_reads_nothing_is_no_fault() -> None:
    assert hand("import os; os.close(0)").do(STEP, matter(), FILE) == DONE


def test_a_program_that_goes_on_is_ended_with_what_it_started(tmp_path: Path) -> None:
    script = (
        "import subprocess,sys,time;"
        "p=subprocess.Popen([sys.executable,'-c','import time; time.sleep(600)']);"
        "open(sys.argv[1],'w').write(str(p.pid)); time.sleep(600)"
    )
    out = tmp_path / "pid"
    outcome = hand(script, str(out), within=5).do(STEP, matter(), FILE)
    assert (outcome.ended, outcome.detail) == (Ended.FAILED, "longer than 5 s")
    stat = Path(f"/proc/{out.read_text()}/stat")
    assert eventually(lambda: not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z")


def test_a_program_that_is_not_there() -> None:
    outcome = Commands({"page": Program(argv=("/nonexistent/page",))}).do(STEP, matter(), FILE)
    assert outcome.ended is Ended.FAILED


def test_after_a_crash_it_is_not_run_again() -> None:
    outcome = hand("").happened("", STEP, matter())
    assert outcome is not None
    assert outcome.ended is Ended.UNKNOWN

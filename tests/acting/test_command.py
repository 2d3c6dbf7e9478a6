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
from facewarden.vault import vault
from tests.acting.making import matter
from tests.cli.running import eventually
from tests.vault.making import KEY, PASSPHRASE, make

ROOT = Path(__file__).parents[2]
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


@pytest.mark.parametrize("first", [[], ["env", "-u", "FACEWARDEN_ACTING"]])
def test_a_program_cannot_destroy_evidence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: list[str]
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    home, passphrase = make(tmp_path / "vault"), tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE)
    (tmp_path / "a.jpg").write_bytes(b"a picture")
    with vault.opened(home, KEY) as opened:
        number = opened.quarantine(tmp_path / "a.jpg", actor="ann", reason="forged").number
    words = ["vault", "destroy", number, "--confirm", number, "--reason", "r", "--vault", str(home)]
    argv = [*first, sys.executable, "-m", "facewarden", *words, "--passphrase-file", str(passphrase)]
    script = (
        "import subprocess,sys; done=subprocess.run(sys.argv[2:], capture_output=True, text=True);"
        "open(sys.argv[1],'w').write(done.stderr); raise SystemExit(done.returncode)"
    )
    program = hand(script, str(tmp_path / "said"), *argv, environment=["PYTHONPATH"])
    outcome = program.do(STEP, matter(), FILE)
    assert (outcome.ended, outcome.detail) == (Ended.FAILED, "exit code 2")
    why = "run this at a terminal" if first else "no rule may destroy evidence"
    assert why in (tmp_path / "said").read_text()
    with vault.opened(home, KEY) as opened:
        assert opened.case(number).state.held


def test_the_file_of_actions_cannot_say_that_no_rule_is_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEWARDEN_ACTING", "0")
    script = "import os,sys; open(sys.argv[1],'w').write(os.environ['FACEWARDEN_ACTING'])"
    out = tmp_path / "out"
    assert hand(script, str(out), environment=["FACEWARDEN_ACTING"]).do(STEP, matter(), FILE) == DONE
    assert out.read_text() == "1"


def test_a_program_that_is_not_there() -> None:
    outcome = Commands({"page": Program(argv=("/nonexistent/page",))}).do(STEP, matter(), FILE)
    assert outcome.ended is Ended.FAILED


def test_after_a_crash_it_is_not_run_again() -> None:
    outcome = hand("").happened("", STEP, matter())
    assert outcome is not None
    assert outcome.ended is Ended.UNKNOWN

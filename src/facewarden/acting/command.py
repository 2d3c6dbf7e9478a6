"""Running a program that was named beforehand: no shell, little environment, so much time."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from facewarden.acting.configuration import Program
from facewarden.acting.matter import Matter
from facewarden.acting.outcome import DONE, Ended, Outcome
from facewarden.acting.steps import Step
from facewarden.vault.attended import ACTING

log = logging.getLogger(__name__)


class Commands:
    """The hand that runs programs. Whether one had done its work when the process died cannot be known: it is not run
    again."""

    def __init__(self, programs: Mapping[str, Program]) -> None:
        self._programs = programs

    def mark(self) -> str:
        return ""

    def happened(self, mark: str, step: Step, matter: Matter) -> Outcome | None:
        return Outcome(Ended.UNKNOWN, "interrupted")

    def do(self, step: Step, matter: Matter, path: Path) -> Outcome:
        program = self._programs[step.name]
        outcome = _run(program, json.dumps(matter.told(program.tell)).encode() + b"\n")
        if outcome.ended is Ended.FAILED:
            log.warning("the command %s failed: %s", step.name, outcome.detail)
        return outcome


def _run(program: Program, told: bytes) -> Outcome:
    kept = {name: os.environ[name] for name in program.environment if name in os.environ}
    try:
        process = subprocess.Popen(
            program.argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", **kept, ACTING: "1"},
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        return Outcome(Ended.FAILED, error.strerror or "it could not be started")
    try:
        # A program need not read what it is told.
        process.communicate(told, timeout=program.within)
    except subprocess.TimeoutExpired:
        return Outcome(Ended.FAILED, f"longer than {program.within:g} s")
    finally:
        if process.returncode is None:
            # Whatever it started goes with it.
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    return DONE if process.returncode == 0 else Outcome(Ended.FAILED, f"exit code {process.returncode}")

"""The command line against files made to break decoders."""

from __future__ import annotations

import contextlib
import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from facewarden.media.refusal import REASONS
from facewarden.report.model import SCHEMA_VERSION
from facewarden.report.schema import report_schema
from tests.cli.running import facewarden
from tests.hostile.mutation import hostile_files

SEED = 20_250_620
COUNT = 144  # eight of each kind; `test_mutated` opens many more
BATCHES = 4


def processes_of(private: Path) -> list[int]:
    """The processes that keep their temporary files in `private`: the command line's, and its decoders'."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if f"TMPDIR={private}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_mutated_files_through_the_command_line(tmp_path: Path) -> None:
    private, inbox = tmp_path / "temporary", tmp_path / "inbox"
    inbox.mkdir()
    paths = []
    for name, data in hostile_files(SEED, COUNT):
        path = inbox / name
        path.write_bytes(data)
        paths.append(path)
    with ThreadPoolExecutor(2) as pool:
        batches = [paths[start::BATCHES] for start in range(BATCHES)]
        done = list(
            pool.map(
                lambda batch: facewarden("check", "--json", "--fast", *batch, private=private, timeout=600),
                batches,
            )
        )
    reports: list[dict[str, Any]] = []
    for batch, process in zip(batches, done, strict=True):
        found = [json.loads(line) for line in process.stdout.splitlines()]
        said = process.stderr.decode()
        # In this many files there is always one that cannot be read.
        assert process.returncode == 2
        assert [each["path"] for each in found] == [str(path) for path in batch]
        assert len(said.splitlines()) == len(batch)
        assert "Traceback" not in said
        assert "unexpected" not in said
        reports += found
    validator = jsonschema.Draft202012Validator(report_schema())
    for report in reports:
        validator.validate(report)
        assert report["versions"]["schema_version"] == SCHEMA_VERSION
        assert report["error"] is None or report["reason"] in REASONS
    outcomes = Counter("error" if report["error"] else "read" for report in reports)
    # Both ends occur, or the mutations are too weak or too strong to mean anything.
    assert outcomes["error"] > COUNT // 20
    assert outcomes["read"] > COUNT // 10
    assert list(private.iterdir()) == []
    assert processes_of(private) == []

"""Reports from files that may be anything."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

import fabricated
from facewarden.cases.reports import read_report
from facewarden.errors import UsageError
from facewarden.report.across import across_files
from facewarden.report.jsonl import across_json
from facewarden.report.model import Report


def report(sha256: str) -> Report:
    return fabricated.clip_report("en").model_copy(update={"sha256": sha256})


A, B = report("aa" * 32), report("bb" * 32)


def written(path: Path, *reports: Report) -> Path:
    path.write_text("".join(each.model_dump_json() + "\n" for each in reports), "utf-8")
    return path


def test_the_report_of_the_file_is_found_among_several(tmp_path: Path) -> None:
    path = written(tmp_path / "r.json", A, B)
    assert read_report(path, "bb" * 32).sha256 == "bb" * 32
    with pytest.raises(UsageError, match="must hold one report, but got 2"):
        read_report(path)
    assert read_report(written(tmp_path / "one.json", A)).sha256 == "aa" * 32


def test_the_line_on_several_files_is_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path / "r.json", A)
    path.write_text(path.read_text("utf-8") + across_json(across_files([A, B])) + "\n", "utf-8")
    assert read_report(path).sha256 == "aa" * 32


def test_a_report_on_another_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no report on the file of this case"):
        read_report(written(tmp_path / "r.json", A), "cc" * 32)


@pytest.mark.parametrize("content", [b"", b"{}", b"no json", b"\xff\xfe", b'{"path": "x"}', b"[" * 100_000])
def test_what_is_no_report_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "r.json"
    path.write_bytes(content)
    with pytest.raises(UsageError):
        read_report(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_report(tmp_path / "none.json")


def test_a_package_holds_its_report(tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("FW-2026-000001/data/report.json", A.model_dump_json())
        package.writestr("FW-2026-000001/data/versions.json", json.dumps({}))
    assert read_report(path, "aa" * 32).sha256 == "aa" * 32
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UsageError, match="damaged"):
        read_report(path)
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("report.json", "x")
    with pytest.raises(UsageError, match="no report in the package"):
        read_report(path)

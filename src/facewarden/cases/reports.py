"""The report of a check, from a file of ``facewarden check --json`` or from an evidence package."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from pydantic import ValidationError

from facewarden.errors import UsageError
from facewarden.report.jsonl import is_of_several
from facewarden.report.model import Report

MOST_BYTES = 64 << 20
_IN_PACKAGE = re.compile(r"[^/]+/data/report\.json")


def read_report(path: Path, sha256: str | None = None) -> Report:
    """The report in `path`.

    Args:
        sha256: of the file that it must be of; a file of several reports needs it.

    Raises:
        UsageError: there is none, it is of another file, or it cannot be told which of several is meant.
    """
    lines = [line for line in _content(path).splitlines() if line.strip() and not is_of_several(line)]
    reports = [_parsed(line, path) for line in lines]
    if sha256 is not None:
        of_file = [report for report in reports if report.sha256 == sha256]
        if not of_file:
            raise UsageError(
                f"{path} holds no report on the file of this case. Name the one that was made of this very file."
            )
        return of_file[-1]
    if len(reports) != 1:
        raise UsageError(f"{path} must hold one report, but got {len(reports)}. Write one file for each.")
    return reports[0]


def kept_report(content: bytes, sha256: str | None) -> Report:
    """The report that the vault kept with the file whose digest is `sha256`.

    Raises:
        UsageError: another version wrote it, or it is of another file.
    """
    try:
        report = Report.model_validate_json(content)
    except ValidationError as error:
        raise UsageError(
            "The report that was kept with this case was written by another version. Name one with --report."
        ) from error
    if report.sha256 not in (None, sha256):
        raise UsageError(
            "The report that was kept with this case is of another file. Name one with --report."
        )
    return report


def _parsed(line: bytes, path: Path) -> Report:
    try:
        return Report.model_validate_json(line)
    except ValidationError as error:
        raise UsageError(f"{path} is no report. Make one with: facewarden check FILE --json.") from error


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            if file.read(4) == b"PK\x03\x04":
                return _in_package(path)
            file.seek(0)
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"The report {path} cannot be read: {error.strerror or error}.") from error
    return _bearable(content, path)


def _in_package(path: Path) -> bytes:
    try:
        with zipfile.ZipFile(path) as package:
            names = [name for name in package.namelist() if _IN_PACKAGE.fullmatch(name)]
            if len(names) != 1:
                raise UsageError(f"There is no report in the package {path}. Name the report itself.")
            with package.open(names[0]) as file:
                return _bearable(file.read(MOST_BYTES + 1), path)
    # NotImplementedError, RuntimeError: ways of packing that ours never uses.
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise UsageError(f"The package {path} is damaged. Name the report itself.") from error


def _bearable(content: bytes, path: Path) -> bytes:
    if len(content) > MOST_BYTES:
        raise UsageError(f"The report {path} is larger than {MOST_BYTES >> 20} MiB, which none is.")
    return content

"""One run of ``facewarden check``: every target to its report, every report to where it was asked for."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facewarden.cli.exit_codes import exit_code_across, exit_code_of, weightiest
from facewarden.cli.known_people import known_people
from facewarden.cli.outputs import OutputFile
from facewarden.cli.signals import Interrupted
from facewarden.cli.spool import spooled_stdin
from facewarden.cli.streams import ReaderLeft, StandardOutput, complain, tell
from facewarden.cli.targets import STDIN, Target, find_targets
from facewarden.errors import FacewardenError, MediaError
from facewarden.media.limits import Limits
from facewarden.messages import say

if TYPE_CHECKING:
    from facewarden.checker import Checker
    from facewarden.cli.progress import Progress
    from facewarden.report.across import AcrossFiles, Sighted
    from facewarden.report.model import Report

LOGGER = logging.getLogger(__name__)
_PAGE_WIDTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """What a run was asked for; see the help of the command."""

    as_json: bool = False
    html: Path | None = None
    sarif: Path | None = None
    output: Path | None = None
    reveal: bool = False
    language: str = "en"
    effort: str = "default"
    small_faces: bool = False
    fail_on: str = "likely"
    people: Path | None = None
    together: bool = False
    passphrase_file: Path | None = None
    limits: Limits = field(default_factory=Limits)
    quiet: bool = False
    verbose: bool = False


def check_paths(paths: Sequence[str], options: CheckOptions) -> int:
    """Check everything behind `paths` and return the exit code.

    Raises:
        click.UsageError: an output would overwrite an input or another output, or one file alone was said to be
            recorded together with others.
        OutputError: an output cannot be written; found before the work where it can be.
        FacewardenError: nothing can be checked at all, e.g. a model file is missing.
    """
    targets = find_targets(paths)
    if options.together and len(targets) < 2:
        raise click.UsageError("--together compares streams of one call: name two files or more.")
    _refuse_overwriting(targets, options)
    with contextlib.ExitStack() as stack:
        outputs = {
            kind: stack.enter_context(OutputFile(path, language=options.language))
            for kind, path in _files(options).items()
        }
        run = _Run(targets, options, outputs.get("text") or StandardOutput(language=options.language))
        try:
            run.check()
        except Interrupted as stop:
            key = "cli.interrupted" if stop.by_person else "cli.terminated"
            complain(say(key, options.language, done=len(run.codes), total=len(targets)))
            return stop.exit_code
        run.compare()
        run.write_views(outputs)
        for output in outputs.values():
            output.finish()
        for output in outputs.values():
            output.commit()
            if not options.quiet:
                tell(say("cli.wrote", options.language, name=str(output.path)))
    return weightiest(run.codes)


class _Run:
    """The targets of a run, checked one after another.

    Attributes:
        codes: the exit code that each finished file asks for, and that of the comparison of them all.
    """

    def __init__(
        self, targets: Sequence[Target], options: CheckOptions, data: OutputFile | StandardOutput
    ) -> None:
        self.codes: list[int] = []
        self._targets = targets
        self._options = options
        self._data = data
        # JSON leaves file by file; only the other views need all reports at the end.
        self._keep = not options.as_json or bool(options.html or options.sarif)
        self._kept: list[Report] = []
        self._sighted: list[Sighted] | None = [] if options.people is not None and len(targets) > 1 else None
        self._across: AcrossFiles | None = None

    def check(self) -> None:
        from facewarden.checker import Checker
        from facewarden.cli.progress import shown_progress
        from facewarden.report.across import sighted
        from facewarden.report.jsonl import report_json

        options, total = self._options, len(self._targets)
        people: dict[str, Any] = {}
        if options.people is not None:
            people["people"] = known_people(options.people, passphrase_file=options.passphrase_file)
        checker = Checker(
            effort=options.effort,
            language=options.language,
            small_faces=options.small_faces,
            pictures=options.reveal,
            limits=options.limits,
            **people,
        )
        # A bar and lines of JSON on one terminal would tear each other apart.
        streams = (
            options.as_json and options.output is None and sys.stdout is not None and sys.stdout.isatty()
        )
        with shown_progress(quiet=options.quiet, plain=options.verbose or streams) as progress:
            for position, target in enumerate(self._targets, 1):
                progress.begin(position, total, target.path)
                report = self._check(checker, target, progress)
                progress.end(position, total, report)
                if options.as_json:
                    self._data.write(report_json(report) + "\n")
                if self._keep:
                    self._kept.append(report)
                if self._sighted is not None:
                    self._sighted.append(sighted(report))
                self.codes.append(exit_code_of(report, fail_on=options.fail_on))

    def compare(self) -> None:
        """Say who is seen in several of the files, where people were looked for."""
        from facewarden.report.across import compared
        from facewarden.report.across_words import warnings
        from facewarden.report.jsonl import across_json

        options = self._options
        if self._sighted is None:
            return
        across = compared(self._sighted, together=options.together, language=options.language)
        self._across = across
        self.codes.append(exit_code_across(across, fail_on=options.fail_on))
        if options.as_json:
            self._data.write(across_json(across) + "\n")
        # Elsewhere it stands in the text on stdout, at the end.
        if (options.as_json or options.output is not None) and not options.quiet:
            for line in warnings(across, options.language):
                tell(line)

    def write_views(self, outputs: dict[str, OutputFile]) -> None:
        language = self._options.language
        if not self._options.as_json:
            from facewarden.report.terminal import show_reports, terminal_text

            if isinstance(self._data, OutputFile):
                self._data.write(
                    terminal_text(self._kept, language=language, width=_PAGE_WIDTH, across=self._across)
                )
            else:
                with self._data.guarded():
                    show_reports(self._kept, language=language, stream=sys.stdout, across=self._across)
        if "html" in outputs:
            from facewarden.report.html import render_html

            outputs["html"].write(
                render_html(self._kept, language=language, reveal=self._options.reveal, across=self._across)
            )
        if "sarif" in outputs:
            from facewarden.report.sarif import sarif_json

            outputs["sarif"].write(sarif_json(self._kept, language=language, across=self._across))

    def _check(self, checker: Checker, target: Target, progress: Progress) -> Report:
        from facewarden.checker import printable, unread

        language = self._options.language
        try:
            if target.error is not None:
                raise target.error
            if target.is_stdin:
                with spooled_stdin(max_bytes=self._options.limits.max_bytes, language=language) as path:
                    return checker.check(path, hook=progress.move, name=STDIN)
            return checker.check(target.path, hook=progress.move)
        except MediaError as error:
            return unread(printable(target.path), error, language=language)
        except (FacewardenError, ReaderLeft):
            raise
        except Exception as error:
            # One file must not cost the others their check.
            LOGGER.debug("unexpected error", exc_info=True)
            what = say("cli.unexpected", language, what=type(error).__name__)
            return unread(printable(target.path), FacewardenError(what), language=language)


def _files(options: CheckOptions) -> dict[str, Path]:
    named = {"text": options.output, "html": options.html, "sarif": options.sarif}
    return {kind: path for kind, path in named.items() if path is not None}


def _refuse_overwriting(targets: Sequence[Target], options: CheckOptions) -> None:
    places = [os.path.realpath(path) for path in _files(options).values() if not _is_device(path)]
    if len(set(places)) < len(places):
        raise click.UsageError("Two outputs name the same file.")
    inputs = {os.path.realpath(target.path) for target in targets if not target.is_stdin}
    for place in set(places) & inputs:
        from facewarden.report.wording import visible

        raise click.UsageError(f"The output {visible(place)} is one of the files to be checked.")


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()

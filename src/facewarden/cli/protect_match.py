"""``facewarden protect match``: files in, what they hold of enrolled people out."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facewarden.cli.door import safe
from facewarden.cli.exit_codes import ERROR, FOUND, FOUND_NOTHING, INCONCLUSIVE, NEVER, weightiest
from facewarden.cli.language import language_of
from facewarden.cli.protect_door import at_work, place_and_key
from facewarden.messages import LANGUAGES

if TYPE_CHECKING:
    from facewarden.cli.targets import Target
    from facewarden.media.limits import Limits
    from facewarden.protect.matcher import PeopleMatcher
    from facewarden.protect.report import CopyFound, MatchReport

LOGGER = logging.getLogger(__name__)
OUTCOMES = ("lead", "copy", "listed", "face", "review", "listed_review", "inconclusive", "error", "nothing")
"""In the order in which they are summed up."""

FAIL_ON = ("review", "confirmed", "swap", NEVER)


@click.command("match", short_help="Look files up.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@at_work
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one JSON object a line for each file, as soon as it is done.",
)
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="confirmed",
    show_default=True,
    help="What the exit code 1 is for: review (anything), confirmed (a confirmed copy, or a face that is probably an "
    "enrolled person's), swap (a lead to a face swap).",
)
@click.option(
    "--lang", type=click.Choice(LANGUAGES), help="Language of the words.  [default: from LANG, or en]"
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing on stderr but what went wrong.")
@click.option("-v", "--verbose", is_flag=True, help="Say on stderr what is done, with tracebacks of faults.")
@click.pass_context
def match_command(
    ctx: click.Context,
    *,
    paths: tuple[str, ...],
    folder: Path | None,
    passphrase_file: Path | None,
    as_json: bool,
    fail_on: str,
    lang: str | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Look for enrolled people in photos and clips: copies of what was enrolled, their faces, and both at once.

    What is on a list that was imported (facewarden protect hashes) is looked for, too.

    PATH is a file, a folder (searched to any depth for pictures and videos), a pattern such as '*.mp4', or - for
    standard input. A copy in which another face stands is a lead to a face swap.

    \b
    Exit codes, the first that applies:
      2  something could not be read, the store allows no further lookup, or
         the command was used wrongly
      1  a file reaches what --fail-on says
      3  a file could not be compared, or a person should look at it
      0  nothing was found
    """
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose exclude each other.", ctx)
    if verbose:
        logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
        logging.getLogger("facewarden").setLevel(logging.DEBUG)

    from facewarden.cli.streams import StandardOutput, complain, tell
    from facewarden.cli.targets import find_targets
    from facewarden.media.limits import Limits
    from facewarden.messages import say
    from facewarden.protect.matcher import PeopleMatcher
    from facewarden.protect.report import match_json

    language = lang or language_of(os.environ)
    place, key = place_and_key(folder, passphrase_file)
    targets, limits = find_targets(paths), Limits()
    out = StandardOutput(language=language)
    codes: list[int] = []
    counts: Counter[str] = Counter()
    comparable = False
    with PeopleMatcher(place, key, language=language, limits=limits) as matcher:
        for report in _reports(matcher, targets, limits, language):
            codes.append(exit_code_of(report, fail_on=fail_on))
            counts[report.sentence.id.rpartition(".")[2]] += 1
            comparable = comparable or is_comparable(report)
            if as_json:
                out.write(match_json(report) + "\n")
            elif text := block_of(report):
                out.write(text)
            if report.error is not None:
                complain(f"{safe(report.path)}: {report.error}")
            elif not quiet:
                tell(f"[{len(codes)}/{len(targets)}] {safe(report.path)}: {report.sentence.text}")
    if len(codes) < len(targets):
        complain(_counted("left", len(targets) - len(codes), language))
    if counts and not as_json and not quiet:
        tell(summary_of(counts, language))
        if comparable:
            tell(say("match.summary.compare", language))
    ctx.exit(weightiest(codes))


def exit_code_of(report: MatchReport, *, fail_on: str) -> int:
    """The exit code that one file asks for; `fail_on` is one of `FAIL_ON`."""
    if report.error is not None:
        return ERROR
    reached = {"review": report.found, "confirmed": report.sure, "swap": report.swap_lead, NEVER: False}
    if reached[fail_on]:
        return FOUND
    incomplete = any(sentence.id.startswith("left_out.") for sentence in report.not_checked)
    unsure = fail_on == "confirmed" and report.found
    return INCONCLUSIVE if report.abstained or incomplete or unsure else FOUND_NOTHING


def is_comparable(report: MatchReport) -> bool:
    """Whether `protect compare` could settle it: a photo that may be a copy of an enrolled one, and surely of none."""
    return (
        report.media == "photo"
        and report.tier == "review"
        and any(copy.kind == "photo" for copy in report.copies)
    )


def block_of(report: MatchReport) -> str:
    """What a person reads of one file; nothing where nothing was found."""
    from facewarden.messages import catalogue

    if report.error is not None or not (report.found or report.abstained):
        return ""
    lines = [f"{report.path}: {report.sentence.text}"]
    lines += [f"  {lead.sentence.text}" for lead in report.swap_leads]
    led = {(lead.person, lead.item) for lead in report.swap_leads}
    for copy in report.copies:
        if (copy.person, copy.item) not in led:
            lines.append(f"  {copy.sentence.text}{_where(copy)}")
    # Several hashes of one list may be of this very file: a person need not read that twice.
    lines += dict.fromkeys(f"  {each.sentence.text}{_seen(each.seen_at_s)}" for each in report.listed)
    lines += [f"  {face.sentence.text}" for face in report.faces]
    if report.reason and f"match.reason.{report.reason}" in catalogue(report.language):
        from facewarden.messages import say

        lines.append(f"  {say(f'match.reason.{report.reason}', report.language)}")
    lines += [f"  {sentence.text}" for sentence in report.not_checked]
    return "".join(f"{safe(line)}\n" for line in lines)


def summary_of(counts: Mapping[str, int], language: str) -> str:
    """One sentence on all files; `counts` says how many came to each of `OUTCOMES`."""
    from facewarden.messages import say

    found = say("report.comma", language).join(
        _counted(outcome, counts[outcome], language) for outcome in OUTCOMES if counts.get(outcome)
    )
    return _counted("files", sum(counts.values()), language, found=found)


def _counted(what: str, count: int, language: str, **more: str) -> str:
    from facewarden.messages import say

    return say(f"match.summary.{what}_{'one' if count == 1 else 'many'}", language, count=count, **more)


def _reports(
    matcher: PeopleMatcher, targets: Sequence[Target], limits: Limits, language: str
) -> Iterator[MatchReport]:
    """A report for each target; ends early, with one that says so, where the store allows no further lookup."""
    from facewarden.errors import FacewardenError, MediaError, RateLimitedError
    from facewarden.messages import say
    from facewarden.protect.matcher import unread

    for target in targets:
        label = os.fsencode(target.path).decode("utf-8", "backslashreplace")
        try:
            yield _matched(matcher, target, limits, language)
        except RateLimitedError as error:
            yield unread(label, error, language=language)
            return
        except MediaError as error:
            yield unread(label, error, language=language)
        except FacewardenError:
            raise
        except Exception as error:
            # One file must not cost the others their lookup.
            LOGGER.debug("unexpected error", exc_info=True)
            what = say("cli.unexpected", language, what=type(error).__name__)
            yield unread(label, FacewardenError(what), language=language)


def _matched(matcher: PeopleMatcher, target: Target, limits: Limits, language: str) -> MatchReport:
    from facewarden.cli.spool import spooled_stdin
    from facewarden.cli.targets import STDIN

    if target.error is not None:
        raise target.error
    if target.is_stdin:
        with spooled_stdin(max_bytes=limits.max_bytes, language=language) as path:
            return matcher.match(path, name=STDIN)
    return matcher.match(target.path)


def _where(copy: CopyFound) -> str:
    from facewarden.report.wording import stretch

    spans = [
        f"{stretch(s.start_s, s.end_s)} = {stretch(s.original_start_s, s.original_end_s)}" for s in copy.spans
    ]
    return f" ({'; '.join(spans)})" if spans else _seen(copy.seen_at_s)


def _seen(moments_s: Sequence[float]) -> str:
    from facewarden.report.wording import stretch

    return f" ({'; '.join(stretch(time_s, time_s) for time_s in moments_s)})" if moments_s else ""

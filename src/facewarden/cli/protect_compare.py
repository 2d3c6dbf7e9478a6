"""``facewarden protect compare``: two pictures at hand, and whether one is a copy of the other."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facewarden.cli.door import ANY
from facewarden.cli.exit_codes import ERROR, FOUND, FOUND_NOTHING, INCONCLUSIVE
from facewarden.cli.language import language_of
from facewarden.messages import LANGUAGES

if TYPE_CHECKING:
    from facewarden.protect.compare import CompareReport


@click.command("compare", short_help="Compare two pictures at hand.")
@click.argument("original", type=ANY)
@click.argument("found", type=ANY)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--lang", type=click.Choice(LANGUAGES), help="Language of the words.  [default: from LANG, or en]"
)
@click.pass_context
def compare_command(
    ctx: click.Context, *, original: Path, found: Path, as_json: bool, lang: str | None
) -> None:
    """Tell whether the picture FOUND is a copy of the picture ORIGINAL, as a whole or a part of it.

    For a person who reviews a match and has both files. Their keypoints are compared in memory, as they are and
    mirrored. No store is opened, nothing is kept, and no name of a file is repeated.

    Needs the extra: pip install 'facewarden[compare]' (150 MB).

    \b
    Exit codes:
      1  they are the same picture
      3  they share a part only, or could not be compared
      0  no agreement was found, which does not prove that they are two
      2  a file could not be read, or the command was used wrongly
    """
    from facewarden.cli.streams import StandardOutput, complain
    from facewarden.protect.compare import compared
    from facewarden.protect.cores import without_core_dumps

    without_core_dumps()
    language = lang or language_of(os.environ)
    report = compared(original, found, language=language)
    words = " ".join(each.text for each in (*report.sentences, *report.not_checked))
    out = StandardOutput(language=language)
    if as_json:
        out.write(report.model_dump_json() + "\n")
    elif report.outcome != "error":
        out.write("".join(f"{each.text}\n" for each in (*report.sentences, *report.not_checked)))
    if report.outcome == "error":
        complain(words)
    ctx.exit(exit_code_of(report))


def exit_code_of(report: CompareReport) -> int:
    """As `protect match` has them."""
    if report.outcome == "error":
        return ERROR
    if report.outcome == "same":
        return FOUND
    return FOUND_NOTHING if report.outcome == "none" and not report.not_checked else INCONCLUSIVE

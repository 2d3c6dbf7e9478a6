"""``facewarden check``: the options, and what they ask for."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import click

from facewarden.cli.exit_codes import FAIL_LEVELS
from facewarden.cli.language import language_of
from facewarden.cli.quantities import BYTES, PIXELS, SECONDS
from facewarden.messages import LANGUAGES

_FILE = click.Path(path_type=Path)


@click.command("check")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one JSON object a line for each file, as soon as it is done.",
)
@click.option("--html", type=_FILE, metavar="FILE", help="Write the report as one self-contained page.")
@click.option("--sarif", type=_FILE, metavar="FILE", help="Write the findings as SARIF 2.1.0.")
@click.option("-o", "--output", type=_FILE, metavar="FILE", help="Write here what would go to stdout.")
@click.option("--reveal", is_flag=True, help="Put pictures of the faces into the page (closed until opened).")
@click.option(
    "--lang", type=click.Choice(LANGUAGES), help="Language of the report.  [default: from LANG, or en]"
)
@click.option("--fast", is_flag=True, help="Look at fewer pictures and compute no identities.")
@click.option("--thorough", is_flag=True, help="Look at more pictures.")
@click.option(
    "--small-faces", is_flag=True, help="Look for faces down to about 40 px in large pictures; slower."
)
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_LEVELS),
    default="likely",
    show_default=True,
    help="Level from which on the exit code is 1.",
)
@click.option(
    "--people",
    type=_FILE,
    metavar="STORE",
    help="Say of each face whom of the people enrolled in STORE it resembles (see `facewarden protect`).",
)
@click.option(
    "--together",
    is_flag=True,
    help="The files are streams of one call, begun at the same moment: warn of a person of --people who is seen in "
    "several at once.",
)
@click.option(
    "--passphrase-file", type=_FILE, metavar="FILE", help="File whose first line opens the STORE of --people."
)
@click.option("--max-bytes", type=BYTES, help="Refuse larger files, e.g. 500MB.  [default: 2GiB]")
@click.option("--max-duration", type=SECONDS, help="Refuse longer clips, e.g. 90, 15m or 2h.  [default: 4h]")
@click.option(
    "--max-pixels", type=PIXELS, help="Refuse larger pictures, e.g. 50MP.  [default: 100MP; clips 35.6MP]"
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing on stderr but what went wrong.")
@click.option("-v", "--verbose", is_flag=True, help="Say on stderr what is done, with tracebacks of faults.")
@click.pass_context
def check_command(
    ctx: click.Context,
    *,
    paths: tuple[str, ...],
    as_json: bool,
    html: Path | None,
    sarif: Path | None,
    output: Path | None,
    reveal: bool,
    lang: str | None,
    fast: bool,
    thorough: bool,
    small_faces: bool,
    fail_on: str,
    people: Path | None,
    together: bool,
    passphrase_file: Path | None,
    max_bytes: float | None,
    max_duration: float | None,
    max_pixels: float | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Check photos and clips for manipulated faces.

    PATH is a file, a folder (searched to any depth for pictures and videos), a pattern such as '*.mp4', or - for
    standard input. Results go to stdout, progress to stderr.

    \b
    Exit codes, the first that applies:
      2  something could not be read or written, or the command was used wrongly
      1  a file reaches the level of --fail-on, or --together warns
      3  a file could not be judged, or only in part
      0  nothing was found
    """
    for first, second, wrong in (
        ("--fast", "--thorough", fast and thorough),
        ("--quiet", "--verbose", quiet and verbose),
    ):
        if wrong:
            raise click.UsageError(f"{first} and {second} exclude each other.", ctx)
    if reveal and html is None:
        raise click.UsageError("--reveal puts pictures into the page of --html, which is missing.", ctx)
    if passphrase_file is not None and people is None:
        raise click.UsageError("--passphrase-file opens the store of --people, which is missing.", ctx)
    if together and people is None:
        raise click.UsageError("--together looks for the people of --people, which is missing.", ctx)
    if verbose:
        logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
        logging.getLogger("facewarden").setLevel(logging.DEBUG)

    from dataclasses import replace

    from facewarden.cli.session import CheckOptions, check_paths
    from facewarden.media.limits import Limits

    given = {"max_bytes": max_bytes, "max_photo_pixels": max_pixels, "max_clip_pixels": max_pixels}
    limits = replace(Limits(), **{name: int(value) for name, value in given.items() if value is not None})
    if max_duration is not None:
        limits = replace(limits, max_duration_s=max_duration)
    options = CheckOptions(
        as_json=as_json,
        html=html,
        sarif=sarif,
        output=output,
        reveal=reveal,
        language=lang or language_of(os.environ),
        effort="fast" if fast else "thorough" if thorough else "default",
        small_faces=small_faces,
        fail_on=fail_on,
        people=people,
        together=together,
        passphrase_file=passphrase_file,
        limits=limits,
        quiet=quiet,
        verbose=verbose,
    )
    ctx.exit(check_paths(paths, options))

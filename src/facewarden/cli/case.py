"""``facewarden case``: notices, pages and help lines. Nothing is sent to anybody."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facewarden.cases.kinds import Kind
from facewarden.cli.case_desk import at_case
from facewarden.cli.door import FILE, json_option, passphrase_option
from facewarden.cli.language import language_of
from facewarden.cli.moments import Moment, Zone
from facewarden.cli.vault_door import actor_option, folder_option
from facewarden.errors import UsageError
from facewarden.messages import LANGUAGES

if TYPE_CHECKING:
    from facewarden.cases.wording import Setting


_language = click.option(
    "--lang",
    "language",
    type=click.Choice(LANGUAGES),
    help="Language of the text.  [default: from LANG, or en]",
)
_country = click.option("--country", metavar="CODE", help="Country, as two letters: KR, CN, US...")
_report = click.option(
    "--report",
    type=FILE,
    help="What facewarden check --json said of the file, or a package that holds it.  [default: what the vault kept]",
)
_output = click.option(
    "-o", "--output", "to", type=FILE, required=True, help="New file; .html, .pdf, .md or .txt."
)
_font = click.option("--font", type=FILE, help="Font file for the PDF, if the system has none.")
_zone = click.option(
    "--zone", type=Zone(), default="UTC", show_default=True, help="Time zone, such as Asia/Seoul."
)
_seen = click.option("--first-seen", type=Moment(), help="When it was first seen, as 2026-11-26T21:05+09:00.")
_file_name = click.option("--with-file-name", "file_name", is_flag=True, help="Also state the file's name.")


@click.group("case")
def case_group() -> None:
    """Write notices and pages about a case, and find help. Nothing is sent to anybody.

    CASE is the number that facewarden vault quarantine gave. Those who have no vault give --report instead.
    """


@case_group.command("notice", short_help="Write a notice to a platform, the police or a school.")
@click.argument("case", required=False)
@click.option(
    "--kind", type=click.Choice([kind.value for kind in Kind]), required=True, help="To whom it goes."
)
@_output
@_language
@_country
@click.option("--url", "urls", multiple=True, help="Address where it is. May be given several times.")
@click.option("--defang", is_flag=True, help="Write addresses so that no program makes links of them.")
@_seen
@_zone
@click.option("--name", help="Your name.  [default: a blank to fill in]")
@click.option("--contact", help="How to reach you.  [default: a blank to fill in]")
@_file_name
@click.option(
    "--hashes", is_flag=True, help="Also state MD5 and PDQ. For this the evidence is read, and logged."
)
@_report
@_font
@folder_option
@passphrase_option
@actor_option
@json_option
def notice_command(
    *,
    case: str | None,
    kind: str,
    to: Path,
    language: str | None,
    country: str | None,
    urls: tuple[str, ...],
    defang: bool,
    first_seen: dt.datetime | None,
    zone: dt.tzinfo,
    name: str | None,
    contact: str | None,
    file_name: bool,
    hashes: bool,
    report: Path | None,
    font: Path | None,
    folder: Path | None,
    passphrase_file: Path | None,
    actor: str | None,
    as_json: bool,
) -> None:
    """Write a notice about CASE: a letter that you complete, sign and send yourself.

    It holds no picture. --country names the law of that country, where we have a source for it. That the notice was
    made is entered in the vault's log.
    """
    from facewarden.cases.addresses import checked_urls
    from facewarden.cases.notices import Wishes, notice
    from facewarden.cli.streams import tell
    from facewarden.vault.reasons import for_hashes

    setting = _setting(language, zone, country)
    wishes = Wishes(checked_urls(urls), defang, name, contact, file_name)
    with at_case(case, to, folder, passphrase_file, actor) as desk:
        record, found = desk.record(report)
        if hashes:
            record = desk.hashed(record, for_hashes(kind))
        document = notice(Kind(kind), record.seen(first_seen), found, setting, wishes)
        desk.deliver(document, f"notice.{kind}.{setting.language}", setting, font, as_json=as_json)
    if any(section.name == "law" for section in document.sections):
        tell(
            "The legal bases come from the sources named. Let a lawyer or a help line confirm that they apply."
        )


@case_group.command("page", short_help="Write a case as one page.")
@click.argument("case", required=False)
@_output
@_language
@_country
@_zone
@_file_name
@click.option(
    "--with-picture",
    "picture",
    is_flag=True,
    help="Put the picture into the HTML, blurred. The reading is logged.",
)
@_report
@_font
@folder_option
@passphrase_option
@actor_option
@json_option
def page_command(
    *,
    case: str | None,
    to: Path,
    language: str | None,
    country: str | None,
    zone: dt.tzinfo,
    file_name: bool,
    picture: bool,
    report: Path | None,
    font: Path | None,
    folder: Path | None,
    passphrase_file: Path | None,
    actor: str | None,
    as_json: bool,
) -> None:
    """Write CASE as one page: where it stands, what was found, who did what, what to do next, and who helps.

    The file needs no network and no script. It holds no picture, unless you ask for it; a PDF never does. --country
    chooses the help lines. That the page was made is entered in the vault's log.
    """
    from facewarden.cases.page import case_page
    from facewarden.cases.writing import Format, format_of
    from facewarden.cli.streams import tell
    from facewarden.report.wording import visible
    from facewarden.vault.reasons import PICTURE

    if picture and format_of(to) is not Format.HTML:
        raise UsageError(
            "Only HTML can hold the picture, blurred until somebody asks for it. Name a file .html."
        )
    setting = _setting(language, zone, country)
    with at_case(case, to, folder, passphrase_file, actor) as desk:
        record, found = desk.record(report)
        jpeg = desk.picture(PICTURE) if picture else None
        document = case_page(record, found, setting, file_name=file_name, jpeg=jpeg)
        desk.deliver(document, f"page.{setting.language}", setting, font, as_json=as_json)
    if picture:
        tell(
            f"{visible(str(to))} holds the picture, not encrypted, blurred for the eye only. Keep it like evidence."
        )


@case_group.command("help-lines", short_help="List help lines and places for removal.")
@_country
@_language
@json_option
def help_lines_command(*, country: str | None, language: str | None, as_json: bool) -> None:
    """List help lines and places for removal, with the source and date of each; of all countries without --country.

    Nobody called the numbers for this list. docs/takedown.md says how to correct an entry.
    """
    from facewarden.cases.help_lines import help_for
    from facewarden.cases.page import help_page
    from facewarden.cases.views.text import as_text
    from facewarden.cli.streams import StandardOutput

    chosen = language or language_of(os.environ)
    out = StandardOutput(language=chosen)
    if as_json:
        for entry in help_for(country):
            out.write(json.dumps(entry.model_dump(mode="json"), ensure_ascii=False) + "\n")
    else:
        out.write(as_text(help_page(help_for(country), _setting(chosen, dt.UTC, country))))


def _setting(language: str | None, zone: dt.tzinfo, country: str | None) -> Setting:
    import facewarden
    from facewarden.cases.help_lines import code_of
    from facewarden.cases.wording import Setting

    return Setting(
        language=language or language_of(os.environ),
        now=dt.datetime.now(dt.UTC),
        zone=zone,
        version=facewarden.__version__,
        country=code_of(country) if country else None,
    )

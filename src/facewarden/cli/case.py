"""``facewarden case``: notices, pages and help lines. Nothing is sent to anybody."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import zoneinfo
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facewarden.cases.kinds import Kind
from facewarden.cli.door import FILE, json_option, passphrase_option, say
from facewarden.cli.language import language_of
from facewarden.cli.vault_door import actor_option, folder_option, opened, who
from facewarden.errors import UsageError
from facewarden.messages import LANGUAGES

if TYPE_CHECKING:
    from facewarden.cases.document import Document
    from facewarden.cases.record import CaseRecord
    from facewarden.cases.wording import Setting
    from facewarden.report.model import Report
    from facewarden.vault.vault import Vault


class _Zone(click.ParamType):  # type: ignore[type-arg]  # generic only in new versions of click
    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.tzinfo:
        if isinstance(value, dt.tzinfo):
            return value
        try:
            return zoneinfo.ZoneInfo(str(value))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            self.fail(f"{value!r} is no time zone. Use a name such as Asia/Seoul.", param, ctx)


class _Moment(click.ParamType):  # type: ignore[type-arg]
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.datetime:
        if isinstance(value, dt.datetime):
            return value
        try:
            found = dt.datetime.fromisoformat(str(value))
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            self.fail(f"{value!r} is no time with its zone. Write it as 2026-11-26T21:05+09:00.", param, ctx)
        return found


_language = click.option(
    "--lang",
    "language",
    type=click.Choice(LANGUAGES),
    help="Language of the text.  [default: from the environment]",
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
    "--zone", type=_Zone(), default="UTC", show_default=True, help="Time zone, such as Asia/Seoul."
)
_seen = click.option(
    "--first-seen", type=_Moment(), help="When it was first seen, as 2026-11-26T21:05+09:00."
)
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

    setting = _setting(language, zone, country)
    wishes = Wishes(checked_urls(urls), defang, name, contact, file_name)
    with _at_case(case, to, folder, passphrase_file, actor) as desk:
        record, found = desk.record(report)
        if hashes:
            record = desk.hashed(record, f"hashes for a notice ({kind})")
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

    if picture and format_of(to) is not Format.HTML:
        raise UsageError(
            "Only HTML can hold the picture, blurred until somebody asks for it. Name a file .html."
        )
    setting = _setting(language, zone, country)
    with _at_case(case, to, folder, passphrase_file, actor) as desk:
        record, found = desk.record(report)
        jpeg = desk.picture("picture for a page") if picture else None
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


class _Desk:
    """A case at hand: in an open vault, or nothing but a report."""

    def __init__(self, vault: Vault | None, case: str | None, actor: str, to: Path) -> None:
        self.vault = vault
        self.case = case
        self.actor = actor
        self.to = to

    def record(self, report: Path | None) -> tuple[CaseRecord, Report | None]:
        from facewarden.cases.record import of_report, of_vault
        from facewarden.cases.reports import kept_report, read_report

        if self.vault is not None and self.case is not None:
            record = of_vault(self.vault, self.case)
            if report is not None:
                return record, read_report(report, record.sha256)
            content = self.vault.report(self.case)
            return record, None if content is None else kept_report(content, record.sha256)
        if report is None:
            raise UsageError("Give the number of a case, or a report with --report.")
        found = read_report(report)
        return of_report(found), found

    def hashed(self, record: CaseRecord, reason: str) -> CaseRecord:
        from facewarden.cases.evidence import look

        vault, case = self._in_vault("--hashes")
        seen = look(vault, case, actor=self.actor, reason=reason)
        return replace(record, md5=seen.md5, pdq=seen.pdq or record.pdq)

    def picture(self, reason: str) -> bytes | None:
        from facewarden.cases.evidence import look

        vault, case = self._in_vault("--with-picture")
        return look(vault, case, actor=self.actor, reason=reason, picture=True).jpeg

    def deliver(
        self, document: Document, what: str, setting: Setting, font: Path | None, *, as_json: bool
    ) -> None:
        from facewarden.cases.writing import format_of, new_file, written

        form = format_of(self.to)
        content = written(document, form, made_at=setting.now, font=font)
        digest = hashlib.sha256(content).hexdigest()
        with new_file(self.to, content):
            if self.vault is not None and self.case is not None:
                self.vault.told(self.case, actor=self.actor, what=f"{what}.{form}", sha256=digest)
        say({"path": str(self.to), "sha256": digest}, str(self.to), as_json=as_json)

    def _in_vault(self, option: str) -> tuple[Vault, str]:
        if self.vault is None or self.case is None:
            raise UsageError(f"{option} needs the number of a case: only a vault holds evidence.")
        return self.vault, self.case


@contextlib.contextmanager
def _at_case(
    case: str | None, to: Path, folder: Path | None, passphrase_file: Path | None, actor: str | None
) -> Iterator[_Desk]:
    from facewarden.cases.writing import format_of, refuse_occupied

    format_of(to)
    refuse_occupied(to)
    if case is None:
        yield _Desk(None, None, "", to)
        return
    with opened(folder, passphrase_file) as vault:
        yield _Desk(vault, case, who(actor), to)


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

"""``facewarden vault quarantine``: files go into the vault."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from facewarden.cli.door import ANY, DAY, FILE, json_option, safe, say
from facewarden.cli.exit_codes import ERROR
from facewarden.cli.vault_door import actor_option, at_work, opened, reason_option, who
from facewarden.errors import UsageError


@click.command("quarantine", short_help="Move files into the vault.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=ANY)
@at_work
@actor_option
@reason_option
@click.option(
    "--destroy-after", type=DAY, metavar="YYYY-MM-DD", help="Day from which on it is due to be destroyed."
)
@click.option(
    "--report",
    type=FILE,
    help="What facewarden check --json said of each PATH, kept sealed with it; refused for any other file.",
)
@json_option
@click.pass_context
def quarantine_command(
    ctx: click.Context,
    *,
    paths: tuple[Path, ...],
    folder: Path | None,
    passphrase_file: Path | None,
    actor: str | None,
    reason: str,
    destroy_after: dt.datetime | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Move each file PATH into the vault and leave a stub with the number of its case.

    A file that cannot be taken stays where it is; the others are taken, and the exit code is 2.
    """
    from facewarden.cli.streams import complain
    from facewarden.vault.evidence.named import named_reports

    reports = None if report is None else named_reports(report)
    day = destroy_after.date() if destroy_after else None
    failed = False
    with opened(folder, passphrase_file) as vault:
        for path in paths:
            try:
                case = vault.quarantine(
                    path, actor=who(actor), reason=reason, destroy_after=day, reports=reports
                )
            except UsageError as error:
                complain(safe(error))
                failed = True
            else:
                say({"case": case.number, "path": str(path)}, f"{case.number} {path}", as_json=as_json)
    if failed:
        ctx.exit(ERROR)

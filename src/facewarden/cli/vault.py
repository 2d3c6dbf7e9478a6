"""``facewarden vault``: isolate files, keep evidence, hand it out, and say who did what."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facewarden.cli.door import (
    ANY,
    DAY,
    FILE,
    fresh_key,
    json_option,
    key_ring_option,
    needs_a_person,
    safe,
    say,
    say_path,
)
from facewarden.cli.exit_codes import ERROR, FOUND_NOTHING, INCONCLUSIVE
from facewarden.cli.vault_door import (
    actor_option,
    at_work,
    existing,
    key_of,
    opened,
    reason_option,
    who,
)
from facewarden.cli.vault_key import fingerprint_command, passphrase_command
from facewarden.errors import UsageError

if TYPE_CHECKING:
    from facewarden.vault.cases import Case


@click.group("vault")
def vault_group() -> None:
    """Isolate files and keep evidence, with a log of who did what.

    A vault is a folder. What it takes in is encrypted; a stub with a case number stays where the file was. Make one
    with init. The passphrase is asked for, or comes from --passphrase-file or $FACEWARDEN_PASSPHRASE.
    """


@vault_group.command("init", short_help="Make a vault.")
@at_work
@actor_option
@key_ring_option
@click.option("--two-person", is_flag=True, help="Destroy evidence only when two people agree.")
def init_command(
    *, folder: Path | None, passphrase_file: Path | None, actor: str | None, key_ring: bool, two_person: bool
) -> None:
    """Make a vault. Without its passphrase, or the key ring, nothing in it can ever be read: keep it well."""
    from facewarden.sealed.new import refuse_occupied
    from facewarden.vault import vault

    place = folder or vault.default_folder()
    refuse_occupied(place)
    key, keep = fresh_key(passphrase_file, key_ring=key_ring)
    vault.create(place, key, keep, actor=who(actor), two_person=two_person)
    say_path(place)


@vault_group.command("quarantine", short_help="Move files into the vault.")
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


@vault_group.command("list", short_help="List the cases.")
@at_work
@json_option
def list_command(*, folder: Path | None, passphrase_file: Path | None, as_json: bool) -> None:
    """List the cases with their states, oldest first."""
    with opened(folder, passphrase_file) as vault:
        for case in vault.cases():
            _say_case(case, as_json=as_json)


@vault_group.command("due", short_help="List what is due to be destroyed.")
@at_work
@json_option
def due_command(*, folder: Path | None, passphrase_file: Path | None, as_json: bool) -> None:
    """List the cases whose day has come. Nothing is destroyed by itself: see facewarden vault destroy."""
    with opened(folder, passphrase_file) as vault:
        for case in vault.due():
            _say_case(case, as_json=as_json)


@vault_group.command("show", short_help="Show a case and its custody.")
@click.argument("case")
@at_work
@json_option
def show_command(*, case: str, folder: Path | None, passphrase_file: Path | None, as_json: bool) -> None:
    """Show what was taken, from where and why, and who did what with it since."""
    with opened(folder, passphrase_file) as vault:
        found, facts, private = vault.case(case), vault.facts(case), vault.private(case)
    entries = [
        {
            **entry.content.model_dump(include={"action", "actor", "at", "behind_ms", "details", "seq"}),
            "private": {name: value for name, value in said.items() if name != "salt"},
        }
        for entry, said in zip(found.entries, private, strict=True)
    ]
    lines = [
        _line_of(found),
        f"  place   {facts.place}",
        f"  sha256  {facts.sha256}",
        f"  size    {facts.size} bytes",
        f"  reason  {facts.reason}",
        *([f"  report  kept with it, sha256 {facts.report_sha256}"] if facts.report_sha256 else []),
        *(
            f"  {entry['at']}  {entry['action']} by {entry['actor']}: {entry['private'].get('reason', '')}".rstrip(
                ": "
            )
            for entry in entries
        ),
    ]
    say(
        {**_fields_of(found), "facts": facts.model_dump(), "entries": entries},
        "\n".join(safe(line) for line in lines),
        as_json=as_json,
    )


@vault_group.command("restore", short_help="Put a file back.")
@click.argument("case")
@at_work
@actor_option
@reason_option
@click.option("--to", type=ANY, help="Put it here instead of its old place.")
def restore_command(
    *,
    case: str,
    folder: Path | None,
    passphrase_file: Path | None,
    actor: str | None,
    reason: str,
    to: Path | None,
) -> None:
    """Put the file of CASE back to where it was; the vault lets go of it. No other file is overwritten."""
    with opened(folder, passphrase_file) as vault:
        say_path(vault.restore(case, actor=who(actor), reason=reason, to=to))


@vault_group.command("release", short_help="Hand out a copy.")
@click.argument("case")
@at_work
@actor_option
@reason_option
@click.option("--to", type=ANY, required=True, help="New file for the copy.")
def release_command(
    *, case: str, folder: Path | None, passphrase_file: Path | None, actor: str | None, reason: str, to: Path
) -> None:
    """Hand out a copy of the file of CASE; the vault keeps the file. The copy is not encrypted."""
    with opened(folder, passphrase_file) as vault:
        say_path(vault.release(case, actor=who(actor), reason=reason, to=to))


@vault_group.command("keep", short_help="Set how long a case is kept.")
@click.argument("case")
@at_work
@actor_option
@reason_option
@click.option("--until", type=DAY, metavar="YYYY-MM-DD", help="Day from which on it is due to be destroyed.")
@click.option("--forever", is_flag=True, help="It is never due.")
def keep_command(
    *,
    case: str,
    folder: Path | None,
    passphrase_file: Path | None,
    actor: str | None,
    reason: str,
    until: dt.datetime | None,
    forever: bool,
) -> None:
    """Say from which day on the file of CASE is due to be destroyed. Nothing is destroyed by itself."""
    if forever == (until is not None):
        raise click.UsageError("Give either --until or --forever.")
    with opened(folder, passphrase_file) as vault:
        vault.keep_until(case, until.date() if until else None, actor=who(actor), reason=reason)


@vault_group.command("destroy", short_help="Destroy evidence for good.")
@click.argument("case")
@at_work
@actor_option
@reason_option
@click.option("--confirm", metavar="CASE", help="The number of the case once more.  [default: asked for]")
@click.option("--withdraw", is_flag=True, help="Take back what was agreed instead.")
def destroy_command(
    *,
    case: str,
    folder: Path | None,
    passphrase_file: Path | None,
    actor: str | None,
    reason: str,
    confirm: str | None,
    withdraw: bool,
) -> None:
    """Destroy the file of CASE for good and print where the signed receipt lies.

    In a vault made with --two-person the first to ask agrees, and a second person has to run the same command.
    """
    from facewarden.cli.streams import tell

    with opened(folder, passphrase_file) as vault:
        if withdraw:
            vault.withdraw(case, actor=who(actor), reason=reason)
            return
        vault.case(case)
        receipt = vault.destroy(
            case, actor=who(actor), reason=reason, confirmation=confirm or _asked_for(case)
        )
        if receipt is None:
            tell(f"Noted. A second person has to agree: facewarden vault destroy {case} --actor NAME")
        else:
            say_path(receipt)


@vault_group.command("package", short_help="Make an evidence package.")
@click.argument("case")
@at_work
@actor_option
@reason_option
@click.option("-o", "--output", "to", type=ANY, required=True, help="New zip file.")
@click.option(
    "--report",
    type=FILE,
    help="What facewarden check --json said of the file.  [default: what was kept with it]",
)
@click.option(
    "--time-stamp", type=FILE, help="Response of a time-stamping authority for the file (RFC 3161, .tsr)."
)
@json_option
def package_command(
    *,
    case: str,
    folder: Path | None,
    passphrase_file: Path | None,
    actor: str | None,
    reason: str,
    to: Path,
    report: Path | None,
    time_stamp: Path | None,
    as_json: bool,
) -> None:
    """Pack the file of CASE with its custody into a zip that sha256sum and openssl can verify.

    The file in it is not encrypted: pass the package on only to whom it concerns.
    """
    with opened(folder, passphrase_file) as vault:
        made = vault.package(
            case,
            actor=who(actor),
            reason=reason,
            to=to,
            versions=_versions(),
            report=report,
            time_stamp=time_stamp,
        )
    say({"path": str(made.path), "sha256": made.sha256}, f"{made.sha256}  {made.path}", as_json=as_json)


@vault_group.command("verify", short_help="Check the whole vault.")
@at_work
@click.option(
    "--against",
    "anchors",
    multiple=True,
    type=FILE,
    help="A package, receipt or stub that the vault must know; an old copy does not. May be given several times.",
)
@json_option
@click.pass_context
def verify_command(
    ctx: click.Context,
    *,
    folder: Path | None,
    passphrase_file: Path | None,
    anchors: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Read everything in the vault and name each fault. Nothing is changed.

    \b
    Exit codes:
      0  the vault is as it was written
      2  something was changed, or is missing
      3  an interrupted command left something to be done; the next one does it
    """
    from facewarden.vault import vault

    place = existing(folder)
    faults = vault.faults_of(place, key_of(place, passphrase_file), anchors=anchors)
    for fault in faults:
        say(
            {"kind": fault.kind, "where": fault.where, "sentence": fault.sentence},
            f"{fault.kind}: {fault.where}: {fault.sentence}",
            as_json=as_json,
        )
    if any(fault.damage for fault in faults):
        ctx.exit(ERROR)
    if any(fault.kind == "unfinished" for fault in faults):
        ctx.exit(INCONCLUSIVE)
    if not as_json and not faults:
        say({}, f"{place}: ok", as_json=False)
    ctx.exit(FOUND_NOTHING)


def _asked_for(case: str) -> str:
    needs_a_person(f"--confirm {case}")
    question = f"The file of {case} will be gone for good. Type its number to go on"
    return str(click.prompt(question, err=True)).strip()


def _versions() -> dict[str, Any]:
    import facewarden
    from facewarden.models.inventory import inventory

    models = [
        {"name": m.name, "sha256": m.sha256, "bundle": m.bundle, "in_use": m.in_use} for m in inventory()
    ]
    return {"facewarden": facewarden.__version__, "models": models}


def _fields_of(case: Case) -> dict[str, Any]:
    return {
        "case": case.number,
        "state": str(case.state),
        "opened_at": case.opened_at,
        "destroy_after": case.destroy_after.isoformat() if case.destroy_after else None,
        "pending": case.pending.content.action if case.pending else None,
    }


def _line_of(case: Case) -> str:
    fields = _fields_of(case)
    line = f"{case.number}  {case.state}  {case.opened_at}"
    line += f"  due {fields['destroy_after']}" if case.destroy_after else ""
    return line + (f"  ({fields['pending']})" if case.pending else "")


def _say_case(case: Case, *, as_json: bool) -> None:
    say(_fields_of(case), _line_of(case), as_json=as_json)


vault_group.add_command(fingerprint_command)
vault_group.add_command(passphrase_command)

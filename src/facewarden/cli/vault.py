"""``facewarden vault``: isolate files, keep evidence, hand it out, and say who did what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facewarden.cli.door import FILE, fresh_key, json_option, key_ring_option, safe, say, say_empty, say_path
from facewarden.cli.exit_codes import ERROR, FOUND_NOTHING, INCONCLUSIVE
from facewarden.cli.vault_door import actor_option, at_work, existing, key_of, opened, who
from facewarden.cli.vault_hand_out import package_command, release_command, restore_command
from facewarden.cli.vault_keep import destroy_command, keep_command
from facewarden.cli.vault_key import fingerprint_command, passphrase_command
from facewarden.cli.vault_quarantine import quarantine_command

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


@vault_group.command("list", short_help="List the cases.")
@at_work
@json_option
def list_command(*, folder: Path | None, passphrase_file: Path | None, as_json: bool) -> None:
    """List the cases with their states and the places where the files lay, oldest first.

    No evidence is read for it, so nothing is entered in the log.
    """
    with opened(folder, passphrase_file) as vault:
        cases = vault.cases()
        for case in cases:
            _say_case(case, vault.facts(case.number).place, as_json=as_json)
    if not cases:
        say_empty("There is no case in this vault yet.")


@vault_group.command("due", short_help="List what is due to be destroyed.")
@at_work
@json_option
def due_command(*, folder: Path | None, passphrase_file: Path | None, as_json: bool) -> None:
    """List the cases whose day has come. Nothing is destroyed by itself: see facewarden vault destroy."""
    with opened(folder, passphrase_file) as vault:
        cases = vault.due()
        for case in cases:
            _say_case(case, vault.facts(case.number).place, as_json=as_json)
    if not cases:
        say_empty("Nothing is due to be destroyed.")


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


def _say_case(case: Case, place: str, *, as_json: bool) -> None:
    say({**_fields_of(case), "place": place}, f"{_line_of(case)}  {safe(place)}", as_json=as_json)


for command in (
    quarantine_command,
    restore_command,
    release_command,
    package_command,
    keep_command,
    destroy_command,
    fingerprint_command,
    passphrase_command,
):
    vault_group.add_command(command)

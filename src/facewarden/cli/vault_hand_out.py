"""``facewarden vault restore``, ``release`` and ``package``: how a file, or a copy, leaves the vault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from facewarden.cli.door import ANY, FILE, json_option, say, say_path
from facewarden.cli.vault_door import actor_option, at_work, opened, reason_option, who


@click.command("restore", short_help="Put a file back.")
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


@click.command("release", short_help="Hand out a copy.")
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


@click.command("package", short_help="Make an evidence package.")
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


def _versions() -> dict[str, Any]:
    import facewarden
    from facewarden.models.inventory import inventory

    models = [
        {"name": m.name, "sha256": m.sha256, "bundle": m.bundle, "in_use": m.in_use} for m in inventory()
    ]
    return {"facewarden": facewarden.__version__, "models": models}

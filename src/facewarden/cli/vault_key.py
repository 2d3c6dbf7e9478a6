"""``facewarden vault fingerprint`` and ``passphrase``: whose vault it is, and what opens it."""

from __future__ import annotations

from pathlib import Path

import click

from facewarden.cli.door import FILE, say
from facewarden.cli.vault_door import actor_option, at_work, existing, key_of, opened, who


@click.command("fingerprint", short_help="Print whose signature it is.")
@at_work
def fingerprint_command(*, folder: Path | None, passphrase_file: Path | None) -> None:
    """Print the fingerprint of the key that signs this vault's log, receipts and packages.

    The receiver of an evidence package compares it, by telephone or face to face, with the one that its verify.sh
    prints: the SHA-256 of the public key in DER.
    """
    with opened(folder, passphrase_file) as vault:
        fingerprint = vault.fingerprint
    say({}, fingerprint, as_json=False)


@click.command("passphrase", short_help="Change the passphrase.")
@at_work
@actor_option
@click.option(
    "--new-passphrase-file",
    type=FILE,
    help="File whose first line is the new passphrase.  [default: asked for]",
)
def passphrase_command(
    *, folder: Path | None, passphrase_file: Path | None, actor: str | None, new_passphrase_file: Path | None
) -> None:
    """Let another passphrase open the vault; a vault of the key ring gets one, and leaves the ring.

    What is sealed stays as it is. Old copies of key.json still open with the old passphrase: destroy such backups if
    somebody else knows it.
    """
    from facewarden.cli.passphrase import chosen
    from facewarden.cli.streams import tell
    from facewarden.sealed.key_file import relock
    from facewarden.sealed.key_ring import SystemKeyRing
    from facewarden.vault.layout import Layout

    place = existing(folder)
    key = key_of(place, passphrase_file)
    fresh = chosen(new_passphrase_file)
    with opened(place, passphrase_file, key=key) as vault:
        vault.relock(lambda: relock(Layout(place).key, key, fresh, ring=SystemKeyRing()), actor=who(actor))
    tell("The new passphrase opens the vault now.")

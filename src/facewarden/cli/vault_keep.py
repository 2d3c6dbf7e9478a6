"""``facewarden vault keep`` and ``destroy``: how long evidence is kept, and its end."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facewarden.cli.door import DAY, needs_a_person, say, say_path
from facewarden.cli.vault_door import actor_option, at_work, opened, reason_option, who

if TYPE_CHECKING:
    from facewarden.vault.attended import Confirmed


@click.command("keep", short_help="Set how long a case is kept.")
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
    if until:
        told = f"due to be destroyed from {until.date()} on; nothing is destroyed by itself"
    else:
        told = "kept, and never due"
    say({}, f"{case}: {told}", as_json=False)


@click.command("destroy", short_help="Destroy evidence for good.")
@click.argument("case")
@at_work
@actor_option
@reason_option
@click.option(
    "--confirm",
    metavar="CASE",
    help="The number of the case once more; at a terminal only.  [default: asked for]",
)
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

    A person has to run it at a terminal: without one, and from the actions of rules, it refuses.

    In a vault made with --two-person the first to ask agrees, and a second person has to run the same command.
    """
    from facewarden.cli.streams import tell
    from facewarden.vault.attended import refuse_rules

    if not withdraw:
        refuse_rules()
    with opened(folder, passphrase_file) as vault:
        if withdraw:
            vault.withdraw(case, actor=who(actor), reason=reason)
            say({}, f"{case}: nobody agrees to its destruction any more", as_json=False)
            return
        vault.case(case)
        number, how = _confirmation(case, confirm)
        receipt = vault.destroy(case, actor=who(actor), reason=reason, confirmation=number, how=how)
        if receipt is None:
            tell(
                f"Noted. A second person has to agree: facewarden vault destroy {case} --actor NAME --reason WHY"
            )
        else:
            say_path(receipt)


def _confirmation(case: str, confirm: str | None) -> tuple[str, Confirmed]:
    """The number that a person gave, and how. Raises UsageError where nobody is at a terminal."""
    from facewarden.vault.attended import Confirmed

    needs_a_person(f"run this at a terminal, also with --confirm {case}")
    if confirm is not None:
        return confirm, Confirmed.OPTION
    question = f"The file of {case} will be gone for good. Type its number to go on"
    return str(click.prompt(question, err=True)).strip(), Confirmed.TYPED

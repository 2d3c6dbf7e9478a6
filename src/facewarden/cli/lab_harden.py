"""``facewarden lab harden``: a round of attack, training and comparison, with a signed record at its end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facewarden.cli.exit_codes import FOUND, FOUND_NOTHING

if TYPE_CHECKING:
    from facewarden.lab.harden.record import Signed

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)
_STORES = ".cache/stores"


@click.command("harden")
@click.option("--config", type=_FILE, help="JSON file with the fields of HardenConfig.")
@click.option(
    "--target",
    multiple=True,
    metavar="KIND",
    help="What is to be found better: an attack, such as enhancer or one_photo,core_px=96, or a source of pairs, "
    "such as live. May be given several times.",
)
@click.option("--stores", type=_FOLDER, help=f"What prepare wrote.  [default: {_STORES}]")
@click.option("--run", type=_FOLDER, help="Folder of the round; one that was interrupted goes on.")
@click.option("--steps", type=click.IntRange(min=1), help="Optimiser steps.")
@click.option("--device", help="cpu or cuda.")
@click.option("--seed", type=click.IntRange(min=0))
@click.option("--from", "model", help="Installed model to begin with.  [default: the one in use]")
@click.option("--key", type=_FILE, help="Ed25519 key (PEM) that signs the record.  [default: your own]")
@click.option("--verify", type=_FILE, metavar="RECORD", help="Check a record instead, and say what it says.")
@click.pass_context
def harden_command(
    ctx: click.Context,
    *,
    config: Path | None,
    target: tuple[str, ...],
    stores: Path | None,
    run: Path | None,
    steps: int | None,
    device: str | None,
    seed: int | None,
    model: str | None,
    key: Path | None,
    verify: Path | None,
) -> None:
    """Attack the model in use, train on what it missed, and promote what is better and nowhere worse.

    Promotion writes a folder (bundle) to be calibrated and added; no model is replaced. Options outrank the file.
    Ctrl-C keeps what was done: the same command goes on from there.

    \b
    Exit codes:
      0  a network was promoted (or, with --verify, the record may be relied on)
      1  all were refused
      2  something was wrong
    """
    from facewarden.cli.streams import StandardOutput

    out = StandardOutput(language="en")
    if verify is not None:
        from facewarden.lab.harden.record import read_record

        out.write(_told(verify, read_record(verify)))
        return
    if run is None:
        raise click.UsageError("Name the round's folder with --run.", ctx)

    from facewarden.lab.harden.plan import parse
    from facewarden.lab.harden.record import read_record
    from facewarden.lab.harden.run import Round
    from facewarden.lab.training.config import read_fields
    from facewarden.models import registry

    fields = {"stores": _STORES} | (read_fields(config) if config else {})
    given = {
        "stores": str(stores) if stores else None,
        "target": target or None,
        "steps": steps,
        "device": device,
        "seed": seed,
    }
    fields |= {name: value for name, value in given.items() if value is not None}
    plan = parse(fields, origin=str(config or "The command line"))
    champion = registry.find(model) if model else registry.in_use()
    path = Round(plan, run, key).go(champion, hook=_say)
    signed = read_record(path)
    out.write(_told(path, signed))
    ctx.exit(FOUND_NOTHING if signed.record.decision == "promoted" else FOUND)


def _told(path: Path, signed: Signed) -> str:
    from facewarden.report.wording import visible

    lines = [f"{path}: {signed}", *(f"  {reason}" for reason in signed.record.reasons)]
    return "".join(f"{visible(line)}\n" for line in lines)


def _say(stage: str, completed: int, total: int) -> None:
    if completed % 50 == 0 or completed == total or (stage == "train" and completed % 10 == 0):
        click.echo(f"{stage}: {completed} of {total}", err=True)
        sys.stderr.flush()

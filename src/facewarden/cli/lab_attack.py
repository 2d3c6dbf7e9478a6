"""``facewarden lab attack``: make marked forgeries to test detectors with."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("attack")
@click.argument("name", required=False)
@click.option("--target", type=_FILE, help="Photo, or clip of at most two minutes, to be forged.")
@click.option("--source", type=_FILE, help="Photo or clip whose face is put in.")
@click.option("--consent", type=_FILE, help="Its record of consent.  [default: SOURCE.consent.json]")
@click.option("-o", "--output", type=_FILE, help="The forgery; its name gets the prefix LAB-.")
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the training of a generator: previews, and what to go on from.  [default: OUTPUT.work]",
)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter of the attack.")
@click.option("--seed", type=int, default=0, show_default=True, help="For what is drawn at random.")
@click.option("--list", "listed", is_flag=True, help="List the attacks with their parameters and exit.")
def attack_command(
    *,
    name: str | None,
    target: Path | None,
    source: Path | None,
    consent: Path | None,
    output: Path | None,
    work: Path | None,
    settings: tuple[str, ...],
    seed: int,
    listed: bool,
) -> None:
    """Forge a photo or a clip, to test detectors with.

    Every forgery carries a visible banner, an invisible mark, signed content credentials and a name that begins
    with LAB-; there is no way to leave one out. A source needs a record of consent, targets with nudity are refused,
    and a log keeps a line for every forgery. Files in, files out: no camera, no stream.
    """
    from facewarden.cli.steps import shown_steps
    from facewarden.errors import UsageError
    from facewarden.lab.attacks import registry
    from facewarden.lab.studio import forge_file

    if listed:
        click.echo(_listing(registry.NAMES if name is None else (name,)))
        return
    if name is None or target is None or output is None:
        raise UsageError("Name an attack, --target and --output; --list names the attacks.")
    attack = registry.make(name, registry.parse_settings(settings))
    with shown_steps() as hook:
        written = forge_file(
            attack,
            target,
            output,
            source=source,
            consent=consent,
            work=work or output.with_name(f"{output.name}.work"),
            seed=seed,
            hook=hook,
        )
    click.echo(written)


def _listing(names: tuple[str, ...]) -> str:
    from facewarden.lab.attacks.registry import attack_class, described

    lines = []
    for name in names:
        kind = attack_class(name)
        lines.append(f"{name}: {kind.summary}{' Needs a source.' if kind.needs_source else ''}")
        lines += [f"    {field}={default}  {what}" for field, default, what in described(name)]
    return "\n".join(lines)

"""``facewarden models``: which model files are installed, and whether they are the published ones."""

from __future__ import annotations

import click

from facewarden.cli.exit_codes import ERROR


@click.group("models")
def models_group() -> None:
    """List and verify the model files."""


@models_group.command("list")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object a line for each file, with its card."
)
def list_command(*, as_json: bool) -> None:
    """List the model files with their state, digest, licence and origin."""
    from facewarden.cli.streams import StandardOutput
    from facewarden.models.inventory import inventory

    out = StandardOutput(language="en")
    for model in inventory():
        if as_json:
            out.write(model.model_dump_json() + "\n")
        else:
            facts = (model.state.replace("_", " "), f"sha256 {model.sha256}", model.licence, model.origin)
            out.write("\n  ".join((model.name, *facts)) + "\n")


@models_group.command("verify")
@click.pass_context
def verify_command(ctx: click.Context) -> None:
    """Compare every model file with its digest.

    The exit code is 2 where one is missing or was altered.
    """
    from facewarden.cli.streams import StandardOutput
    from facewarden.models.inventory import inventory

    out = StandardOutput(language="en")
    models = inventory()
    for model in models:
        out.write(f"{model.name}: {model.state.replace('_', ' ')}\n")
    if any(model.state != "ok" for model in models):
        ctx.exit(ERROR)

"""``facewarden schema``: the promise to other programs."""

from __future__ import annotations

import click


@click.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of one line of `facewarden check --json`."""
    from facewarden.cli.streams import StandardOutput
    from facewarden.report.schema import schema_text

    StandardOutput(language="en").write(schema_text())

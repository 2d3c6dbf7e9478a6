"""``facewarden schema``: the promise to other programs."""

from __future__ import annotations

import click


@click.command("schema")
@click.option("--across", is_flag=True, help="That of the last line of a run with --people instead.")
def schema_command(*, across: bool) -> None:
    """Print the JSON Schema of one line of `facewarden check --json`."""
    from facewarden.cli.streams import StandardOutput
    from facewarden.report.schema import across_schema, report_schema, schema_text

    StandardOutput(language="en").write(schema_text(across_schema() if across else report_schema()))

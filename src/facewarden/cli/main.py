"""The command ``facewarden``: finds the command, and turns whatever goes wrong into one sentence.

Nothing heavy is imported here: ``facewarden --help`` answers at once.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

import click

import facewarden
from facewarden.cli.exit_codes import BROKEN_PIPE, ERROR, FOUND_NOTHING
from facewarden.cli.lazy import Lazy, LazyGroup
from facewarden.cli.signals import Interrupted, ended_by_signals
from facewarden.cli.streams import ReaderLeft, abandon_broken_streams, complain
from facewarden.errors import FacewardenError

LOGGER = logging.getLogger(__name__)

COMMANDS = {
    "check": Lazy("facewarden.cli.check:check_command", "Check photos and clips for manipulated faces."),
    "protect": Lazy(
        "facewarden.cli.protect:protect_group", "Find copies and forgeries of people who asked for it."
    ),
    "watch": Lazy("facewarden.cli.watch:watch_command", "Watch folders and feeds, and act by rules."),
    "waiting": Lazy("facewarden.cli.waiting:waiting_command", "Work through what a watch left for a person."),
    "spreading": Lazy(
        "facewarden.cli.spreading:spreading_command", "List what a watch saw that is about to spread."
    ),
    "policy": Lazy("facewarden.cli.policy:policy_group", "Try rules on what checks found."),
    "vault": Lazy("facewarden.cli.vault:vault_group", "Isolate files and keep evidence."),
    "case": Lazy("facewarden.cli.case:case_group", "Write notices and pages, and find help."),
    "models": Lazy("facewarden.cli.models:models_group", "List, verify and choose the models."),
    "schema": Lazy("facewarden.cli.schema:schema_command", "Print the JSON Schema of the report."),
    "lab": Lazy("facewarden.cli.lab:lab_group", "Train and measure the detector (needs the extra [lab])."),
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(facewarden.__version__, message="facewarden %(version)s")
def root() -> None:
    """An honest second look at photos and clips: which faces were swapped, when, where, how sure, and why."""


def main() -> None:
    """Run the command line and leave the process with its exit code."""
    code = run(sys.argv[1:])
    abandon_broken_streams()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code; no exception leaves, whatever happens."""
    verbose = "--verbose" in arguments
    try:
        with ended_by_signals():
            code = root.main(list(arguments), prog_name="facewarden", standalone_mode=False)
        return code if isinstance(code, int) else FOUND_NOTHING
    except click.ClickException as error:
        error.show()
        return ERROR
    except (Interrupted, click.Abort) as stop:
        complain("Stopped.")
        return stop.exit_code if isinstance(stop, Interrupted) else Interrupted.exit_code_of_ctrl_c()
    except ReaderLeft:
        # Nothing to say, and nobody to say it to.
        return BROKEN_PIPE
    except FacewardenError as error:
        complain(str(error))
        return ERROR
    except Exception as error:
        # The last line of defence: a person gets a sentence, not a traceback.
        from facewarden.messages import say

        complain(say("cli.unexpected", what=type(error).__name__))
        if verbose:
            LOGGER.exception("unexpected error")
        return ERROR

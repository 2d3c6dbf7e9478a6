from __future__ import annotations

import sys

import click
import pytest
from click.testing import CliRunner

from facewarden.cli.lab import COMMANDS as LAB_COMMANDS
from facewarden.cli.lab import LabGroup
from facewarden.cli.lazy import Lazy, LazyGroup
from facewarden.cli.main import COMMANDS, root
from facewarden.errors import UsageError


def test_help_names_commands_without_importing_them() -> None:
    group = LazyGroup("top", table={"one": Lazy("facewarden.no_such_module:x", "Does one thing.")})
    result = CliRunner().invoke(group, ["--help"])
    assert result.exit_code == 0
    assert "one  Does one thing." in result.output


def test_unknown_commands() -> None:
    result = CliRunner().invoke(LazyGroup("top", table={}), ["two"])
    assert result.exit_code == 2
    assert "No such command 'two'" in result.output


def test_what_is_no_command_is_refused() -> None:
    group = LazyGroup("top", table={"one": Lazy("facewarden.cli.lazy:Lazy", "Not a command.")})
    with pytest.raises(TypeError, match=r"must be a click\.Command, but got type"):
        group.get_command(click.Context(group), "one")


@pytest.mark.parametrize(
    "path", [(name,) for name in COMMANDS] + [("lab", name) for name in LAB_COMMANDS], ids=" ".join
)
def test_every_command_of_the_tables_exists(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(root, [*path, "--help"], prog_name="facewarden")
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"Usage: facewarden {' '.join(path)} [OPTIONS]")


def test_a_missing_extra_is_named() -> None:
    def needs_torch() -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch.nn")

    group = LabGroup("lab", table={})
    group.get_command = lambda ctx, name: click.Command("train", callback=needs_torch)  # type: ignore[method-assign]
    result = CliRunner().invoke(group, ["train"])
    assert isinstance(result.exception, UsageError)
    assert "needs the package torch" in str(result.exception)
    assert "pip install 'facewarden[lab]'" in str(result.exception)


def test_the_lab_is_not_imported_by_its_help() -> None:
    before = set(sys.modules)
    group = LabGroup("lab", table=LAB_COMMANDS)
    assert "bench" in CliRunner().invoke(group, ["--help"]).output
    assert not {name for name in set(sys.modules) - before if name.startswith("facewarden.lab")}

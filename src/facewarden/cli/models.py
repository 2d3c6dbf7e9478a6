"""``facewarden models``: which models are installed, whether they are whole, and which one checks use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facewarden.cli.exit_codes import ERROR

if TYPE_CHECKING:
    from facewarden.models.bundle import Bundle
    from facewarden.models.inventory import ModelFile

_DIGITS = 12
_FIGURES = ("_auc", "_paired")
"""Endings of those figures of a card that a list shows."""


@click.group("models")
def models_group() -> None:
    """List, verify and choose the models.

    A model is a bundle: the network, its card and the calibration that belongs to it. Bundles of your own lie in the
    folder that $FACEWARDEN_MODELS names, or in facewarden/models of your folder for data.
    """


@models_group.command("list", short_help="List the models and the files of others.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object a line for each file, with its card."
)
def list_command(*, as_json: bool) -> None:
    """List the models and the files of others, and say which model is in use."""
    from facewarden.cli.streams import StandardOutput
    from facewarden.models.inventory import inventory
    from facewarden.report.wording import visible

    out = StandardOutput(language="en")
    for model in inventory():
        if as_json:
            out.write(model.model_dump_json() + "\n")
        else:
            # What a stranger wrote into a card must not steer the terminal.
            out.write("\n  ".join(map(visible, _lines(model))) + "\n")


@models_group.command("verify", short_help="Check files, digests and records.")
@click.pass_context
def verify_command(ctx: click.Context) -> None:
    """Compare every model file with its digest, card, calibration and record.

    The exit code is 2 where one is missing or was altered.
    """
    from facewarden.cli.streams import StandardOutput
    from facewarden.models import registry
    from facewarden.models.inventory import inventory
    from facewarden.report.wording import visible

    out = StandardOutput(language="en")
    sound = True
    for model in inventory():
        faults, notes = list(model.faults), list[str]()
        if model.bundle is not None:
            bundle = _bundle(registry.shipped(), registry.root(), model.bundle)
            faults += _calibration_faults(bundle) if not faults else []
            kept, said = _record(bundle, model.sha256)
            (notes if kept else faults).extend(said)
        elif model.state != "ok":
            faults.append("")
        state = "missing or altered" if faults else "ok"
        lines = (f"{_title(model)}: {state}", *(f"  {line}" for line in [*faults, *notes] if line))
        out.write("".join(f"{visible(line)}\n" for line in lines))
        sound = sound and not faults
    if not sound:
        ctx.exit(ERROR)


@models_group.command("add", short_help="Install a model from a folder.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--name", help="What to call it.  [default: the folder's name]")
def add_command(*, folder: Path, name: str | None) -> None:
    """Install the model in FOLDER: frame_forgery.onnx, frame_forgery.json and calibration.json.

    It is checked and copied, and not in use before: facewarden models use NAME. Install only what you trust: whoever
    chooses the network chooses the verdicts.
    """
    from facewarden.cli.streams import StandardOutput
    from facewarden.models import registry
    from facewarden.models.bundle import Bundle

    _refuse_unsound(Bundle(folder.name, folder))
    bundle = registry.add(folder, name)
    StandardOutput(language="en").write(f"{bundle.folder}\n")


@models_group.command("use", short_help="Choose the model that checks use.")
@click.argument("name")
def use_command(*, name: str) -> None:
    """Let checks use the installed model NAME; shipped goes back to that of the package."""
    from facewarden.cli.streams import StandardOutput
    from facewarden.models import registry
    from facewarden.models.bundle import SHIPPED

    if name != SHIPPED:
        _refuse_unsound(registry.find(name))
    bundle = registry.use(name)
    StandardOutput(language="en").write(f"{bundle.name}\n")


@models_group.command("remove", short_help="Delete an installed model.")
@click.argument("name")
def remove_command(*, name: str) -> None:
    """Delete the installed model NAME, which must not be in use."""
    from facewarden.cli.streams import StandardOutput
    from facewarden.models import registry
    from facewarden.report.wording import visible

    registry.remove(name)
    StandardOutput(language="en").write(f"{visible(name)}: removed\n")


def _title(model: ModelFile) -> str:
    if model.bundle is None:
        return model.name
    return f"{model.bundle}/{model.name}{' (in use)' if model.in_use else ''}"


def _lines(model: ModelFile) -> list[str]:
    lines = [_title(model), model.state.replace("_", " "), *model.faults]
    if model.bundle is None:
        return [*lines, f"sha256 {model.sha256}", model.licence, model.origin]
    card = model.card or {}
    made, calibration = card.get("made", "unknown"), model.calibration or "none"
    lines.append(f"made {made}, calibration {calibration}, sha256 {model.sha256[:_DIGITS] or 'unknown'}")
    if figures := _figures(card.get("metrics", {})):
        lines.append(f"on dev: {figures}")
    return [line for line in (*lines, model.licence, model.origin) if line]


def _figures(metrics: dict[str, Any]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {value:.2f}"
        for name, value in metrics.items()
        if name.endswith(_FIGURES) and isinstance(value, int | float)
    )


def _bundle(shipped: Bundle, root: Path, name: str) -> Bundle:
    from facewarden.models.bundle import Bundle

    return shipped if name == shipped.name else Bundle(name, root / name)


def _calibration_faults(bundle: Bundle) -> list[str]:
    """What the reader of calibrations says beyond that it belongs to the network."""
    from facewarden.errors import ModelError
    from facewarden.verdict import calibration

    try:
        calibration.load(bundle.calibration)
    except ModelError as error:
        return [str(error)]
    return []


def _record(bundle: Bundle, sha256: str) -> tuple[bool, list[str]]:
    """Whether the bundle's signed record may be relied on, and what to say of it; a bundle may have none."""
    if bundle.record is None:
        return True, []
    try:
        from facewarden.lab.harden.record import verify_promotion
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "facewarden":
            raise
        return True, ["its record was not checked: that needs pip install 'facewarden[lab]'"]
    from facewarden.errors import UsageError

    try:
        return True, [verify_promotion(bundle.record, sha256)]
    except UsageError as error:
        return False, [str(error)]


def _refuse_unsound(bundle: Bundle) -> None:
    from facewarden.errors import UsageError

    faults = list(bundle.faults()) or _calibration_faults(bundle)
    if not faults:
        kept, said = _record(bundle, bundle.card().sha256)
        faults = [] if kept else said
    if faults:
        raise UsageError(f"{bundle.folder} is no sound model: {faults[0]}")

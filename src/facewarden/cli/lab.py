"""``facewarden lab``: training and measuring, for those who develop the detector."""

from __future__ import annotations

from typing import Any

import click

from facewarden.cli.lazy import Lazy, LazyGroup
from facewarden.errors import UsageError

COMMANDS = {
    "data": Lazy(
        "facewarden.cli.lab_data:data_group", "Make manifests and splits; find leaks and shortcuts."
    ),
    "prepare": Lazy("facewarden.cli.lab_train:prepare_command", "Find and store the faces of a data set."),
    "twins": Lazy("facewarden.cli.lab_twins:twins_command", "Forge twins in bulk for training."),
    "train": Lazy("facewarden.cli.lab_train:train_command", "Train the forgery network."),
    "soften": Lazy("facewarden.cli.lab_train:soften_command", "Take back a part of a training."),
    "mix": Lazy("facewarden.cli.lab_train:mix_command", "Average two related trainings."),
    "join": Lazy("facewarden.cli.lab_train:join_command", "Let two trained networks look together."),
    "export": Lazy("facewarden.cli.lab_train:export_command", "Export a trained network with its card."),
    "calibrate": Lazy("facewarden.cli.lab_train:calibrate_command", "Fit the calibration."),
    "harden": Lazy(
        "facewarden.cli.lab_harden:harden_command", "Attack, retrain, and promote what is better."
    ),
    "study": Lazy(
        "facewarden.cli.lab_study:study_command", "Train without a family, or on less, and compare."
    ),
    "attack": Lazy("facewarden.cli.lab_attack:attack_command", "Make marked forgeries to test with."),
    "launder": Lazy("facewarden.cli.lab_launder:launder_command", "Do to a file what platforms do."),
    "evasion": Lazy(
        "facewarden.cli.lab_evasion:evasion_command", "Attack the detector with its own network."
    ),
    "forgeries": Lazy(
        "facewarden.cli.lab_forgeries:forgeries_command", "Try the attacks on the detector, in memory."
    ),
    "steadiness": Lazy("facewarden.cli.lab_steadiness:steadiness_command", "Fit when a photo is not judged."),
    "examples": Lazy("facewarden.cli.lab_examples:examples_command", "Make the example files."),
    "bench": Lazy("facewarden.cli.lab_bench:bench_command", "Measure on genuine and forged media."),
}


class LabGroup(LazyGroup):
    """A group whose commands need packages that a plain installation leaves out."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            missing = (error.name or "").partition(".")[0]
            if missing in ("", "facewarden"):
                raise
            raise UsageError(
                f"This command needs the package {missing}, which comes with the extra [lab]: "
                "pip install 'facewarden[lab]'."
            ) from error


@click.group("lab", cls=LabGroup, table=COMMANDS)
def lab_group() -> None:
    """Train and measure the detector.

    Needs the extra [lab]: pip install 'facewarden[lab]'.
    """

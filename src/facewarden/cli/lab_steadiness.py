"""``facewarden lab steadiness``: from which rise of the score in a worse copy a photo is not judged."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("steadiness")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with manifest.csv (default: $FACEWARDEN_DATA).",
)
@click.option("--split", default="dev", show_default=True, help="Never one that was trained on.")
@click.option(
    "--rate",
    type=click.FloatRange(0.0001, 0.1),
    default=0.005,
    show_default=True,
    help="Share of the genuine photos that may lose their verdict.",
)
@click.option(
    "--card",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the number into this card of the network.",
)
def steadiness_command(*, data: Path | None, split: str, rate: float, card: Path | None) -> None:
    """Fit the number that makes the check silent about photos whose score jumps when they get a little worse.

    Evasion by fine changes shows in such jumps. The number belongs to one network; fit it anew for each.
    """
    import numpy as np

    from facewarden.cues.frame_forgery import MODEL
    from facewarden.lab import dataset, steadiness
    from facewarden.models import model_card

    items = dataset.load(data).select(split=split, label="real", media="photo")
    seen = steadiness.measure(items, hook=_say)
    unclear = float(model_card(MODEL).moment_thresholds["unclear"])
    found = steadiness.threshold(seen, unclear=unclear, most_lost=rate)
    rises = [one.rise for one in seen if one.logit < unclear]
    parts = ", ".join(f"{q:.1%} {np.quantile(rises, q):.2f}" for q in (0.5, 0.9, 0.99, 0.995))
    click.echo(f"{len(rises)} of {len(seen)} genuine photos are without traces; their rise: {parts}")
    click.echo(f"unstable from {found:.3f}")
    if card is not None:
        steadiness.write_into_card(card, found)


def _say(step: str, completed: int, total: int) -> None:
    if completed % 50 == 0 or completed == total:
        click.echo(f"{step}: {completed} of {total}", err=True)

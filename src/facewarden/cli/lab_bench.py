"""``facewarden lab bench``: measure on a collection of genuine and forged media."""

from __future__ import annotations

from pathlib import Path

import click

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("bench")
@click.option("--data", type=_FOLDER, help="Folder with manifest.csv (default: $FACEWARDEN_DATA).")
@click.option("--more", type=_FOLDER, multiple=True, help="Another such folder, e.g. swaps made by the lab.")
@click.option("--split", default="dev", show_default=True, help="Split to measure on.")
@click.option("--method", "methods", multiple=True, help="Only this method of the manifest; may be repeated.")
@click.option(
    "--detector",
    "detectors",
    metavar="NAME",
    multiple=True,
    default=("ours", "mesonet"),
    show_default=True,
    help="ours, mesonet, or your own: FILE.py:NAME or package.module:NAME with predict(path). May be repeated.",
)
@click.option("--mesonet", type=_FOLDER, help="Folder of MesoNet's weights (default: $FACEWARDEN_PEERS).")
@click.option("--write", type=click.Path(dir_okay=False, path_type=Path), help="Also write the tables here.")
@click.option("--no-cache", is_flag=True, help="Score every file anew and keep no scores in .cache/.")
@click.option("--processes", type=click.IntRange(1, 2), default=2, show_default=True)
@click.option(
    "--rounds", type=click.IntRange(min=1), default=1000, show_default=True, help="Bootstrap draws."
)
@click.option("--seed", type=int, default=0, show_default=True)
def bench_command(
    *,
    data: Path | None,
    more: tuple[Path, ...],
    split: str,
    methods: tuple[str, ...],
    detectors: tuple[str, ...],
    mesonet: Path | None,
    write: Path | None,
    no_cache: bool,
    processes: int,
    rounds: int,
    seed: int,
) -> None:
    """Measure facewarden beside MesoNet and beside baselines that see no face.

    Prints Markdown tables: AUC, TPR at 5 % FPR, paired accuracy and coverage for each kind of forgery, with
    95 % intervals, and the genuine files flagged at each level. The test media are not part of the project.
    """
    from facewarden.lab.bench import table
    from facewarden.lab.bench.run import CACHE, BenchOptions, bench

    options = BenchOptions(
        data=data,
        more=more,
        split=split,
        methods=methods,
        detectors=detectors,
        mesonet=mesonet,
        cache=None if no_cache else CACHE,
        processes=processes,
        rounds=rounds,
        seed=seed,
    )
    result = bench(options, hook=_say)
    if write is not None:
        table.write(result, write)
    click.echo(result.markdown(), nl=False)


def _say(step: str, completed: int, total: int) -> None:
    if completed % 25 == 0 or completed == total:
        click.echo(f"{step}: {completed} of {total}", err=True)

"""``facewarden lab bench``: measure on a collection of genuine and forged media."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile

import click

from facewarden.errors import UsageError

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("bench", context_settings={"help_option_names": ["-h", "--help"]})
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
    help="ours, mesonet, model:FOLDER (our check by the model there, e.g. an earlier one), effort:NAME, or your "
    "own: FILE.py:NAME or package.module:NAME with predict(path). May be repeated.",
)
@click.option("--mesonet", type=_FOLDER, help="Folder of MesoNet's weights (default: $FACEWARDEN_PEERS).")
@click.option("--write", type=click.Path(dir_okay=False, path_type=Path), help="Also write the tables here.")
@click.option(
    "--csv",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write scores and tables as CSV to this folder.",
)
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page with tables and pictures here.",
)
@click.option(
    "--axes",
    is_flag=True,
    help="Also ask after each laundering: codecs, sizes, JPEG, a filmed screen, borders.",
)
@click.option(
    "--axis-detector",
    "axis_detectors",
    metavar="NAME",
    multiple=True,
    help="Which detectors are asked after launderings (default: all but mesonet, the slowest).",
)
@click.option(
    "--axis-files",
    type=click.IntRange(min=2),
    default=20,
    show_default=True,
    help="Forged files of each kind that are laundered, with as many genuine ones.",
)
@click.option(
    "--no-probes", is_flag=True, help="Leave out the probes and the tables by what the files are like."
)
@click.option(
    "--probe-files",
    type=click.IntRange(min=10),
    default=200,
    show_default=True,
    help="Forged files of each kind in `train` that probes are fitted to at most, with as many genuine ones.",
)
@click.option("--no-one-rate", is_flag=True, help="Leave out the pairs of clips re-encoded to one bit rate.")
@click.option(
    "--cost-files",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="Photos, and clips, for time and memory; 0 leaves these out.",
)
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
    csv: Path | None,
    html: Path | None,
    axes: bool,
    axis_detectors: tuple[str, ...],
    axis_files: int,
    no_probes: bool,
    probe_files: int,
    no_one_rate: bool,
    cost_files: int,
    no_cache: bool,
    processes: int,
    rounds: int,
    seed: int,
) -> None:
    """Measure facewarden beside MesoNet and beside baselines that see no face.

    Prints Markdown tables: AUC, equal error rate, TPR at 5 % and 1 % FPR, paired accuracy and coverage for each
    kind of forgery, with 95 % intervals and beside probes that catch shortcuts; the genuine files flagged at each
    level; how honest probabilities are; and what each detector costs. The test media are not part of the project.
    """
    from facewarden.lab.bench import table
    from facewarden.lab.bench.page import write_page
    from facewarden.lab.bench.run import CACHE, BenchOptions, bench
    from facewarden.lab.bench.sheets import write_sheets

    options = BenchOptions(
        data=data,
        more=more,
        split=split,
        methods=methods,
        detectors=detectors,
        mesonet=mesonet,
        probes=not no_probes,
        probe_files=probe_files,
        one_rate=not no_one_rate,
        axes=axes,
        axis_detectors=axis_detectors,
        axis_files=axis_files,
        cost_files=cost_files,
        cache=None if no_cache else CACHE,
        processes=processes,
        rounds=rounds,
        seed=seed,
    )
    # Found out now rather than after the work of an hour.
    if write is not None:
        table.SLOT.surroundings(write)
    for folder in (csv, html and html.parent, write and write.parent):
        _prepare(folder)
    result = bench(options, hook=_say)
    if write is not None:
        table.write(result, write)
    if csv is not None:
        write_sheets(result, csv)
    if html is not None:
        write_page(result, html)
    click.echo(result.markdown(), nl=False)


def _prepare(folder: Path | None) -> None:
    """Make a folder for outputs and see that it can be written to."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written to: {error.strerror or error}. Choose another place."
        ) from error


def _say(step: str, completed: int, total: int) -> None:
    if completed % 25 == 0 or completed == total:
        click.echo(f"{step}: {completed} of {total}", err=True)

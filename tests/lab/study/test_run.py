"""A whole study on a few faces: what it leaves, and that it goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from facewarden.errors import UsageError
from facewarden.lab.study.plan import StudyConfig
from facewarden.lab.study.results import MEAN, OTHERS, read_results
from facewarden.lab.study.run import Study
from facewarden.lab.study.table import render
from facewarden.lab.training import loop
from tests.lab.training.faces import QuickNet, some

pytestmark = pytest.mark.lab

NAMES = ["full-seed1", "without-dfdc-seed1", "without-lips-seed1", "people-0.5-seed1", "compute-0.5-seed1"]


def config(stores: Path, **fields: Any) -> StudyConfig:
    plain: dict[str, Any] = {
        "families": ("dfdc", "made", "lips"), "left_out": ("dfdc", "lips"), "curves": ("people", "compute"),
        "shares": (0.5,), "compute": (0.5,), "attacks": ("self_blend",), "measured": 2, "rounds": 100,
        "steps": 2, "pairs_per_step": 1, "workers": 0,
    }  # fmt: skip
    return StudyConfig(str(stores), **(plain | fields))


def study(stores: Path, run: Path, **fields: Any) -> Study:
    return Study(config(stores, **fields), run, backbone_weights="")


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "ForgeryNet", QuickNet)
        yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def finished(stores: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder of a study that came to its end, and the stages that it told of."""
    run = tmp_path_factory.mktemp("study") / "run"
    told: list[str] = []
    path = study(stores, run).go(hook=lambda stage, *_: told.append(stage))
    assert path == run / "results.json"
    return run, list(dict.fromkeys(told))


def content(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_every_training_is_made_and_examined(finished: tuple[Path, list[str]], stores: Path) -> None:
    run, told = finished
    assert told == [
        *(
            f"{number} of 5, {name}: {stage}"
            for number, name in enumerate(NAMES, start=1)
            for stage in ("train", "examine")
        ),
        "conclude",
    ]
    found = read_results(run / "results.json")
    assert [one.name for one in found.trainings] == NAMES
    configs = {one.setting: one.config for one in found.trainings}
    assert set(configs["full"]["sources"]) == {"dfdc", "made", "lips"}
    assert set(configs["without-dfdc"]["sources"]) == {"made", "lips"}
    assert configs["people-0.5"]["kept"] == {"people": 0.5}
    assert [configs[name]["steps"] for name in ("full", "compute-0.5")] == [2, 1]
    assert "stores" not in configs["full"]
    material = {one.setting: (one.people, one.twins, one.faces) for one in found.trainings}
    assert material["full"] == (2, 6, 24)
    assert material["people-0.5"] == (1, 3, 12)
    assert all(one.seconds > 0 for one in found.trainings)
    assert found.families == {"dfdc": 0.42, "made": 0.25, "lips": 0.04}
    assert found.stores.keys() == {"dev-faces.npz", "train-faces.npz"}
    assert found.packages["torch"] == torch.__version__


def test_it_says_what_was_measured(finished: tuple[Path, list[str]]) -> None:
    found = read_results(finished[0] / "results.json")
    assert [(kind.method, kind.family) for kind in found.kinds] == [
        ("dfdc_crops", "dfdc"), ("attack:self_blend", "made"), ("stylegan2", "whole"),
    ]  # fmt: skip
    assert {change.subject for change in found.left_out["dfdc"]} == {"dfdc_crops", OTHERS}
    assert {change.subject for change in found.left_out["lips"]} == {OTHERS}, "dev has no such forgery"
    assert [(curve.axis, curve.settings) for curve in found.curves] == [
        ("people", ("people-0.5", "full")), ("compute", ("compute-0.5", "full")),
    ]  # fmt: skip
    outcomes = {change.outcome for change in found.curves[0].last_step}
    assert outcomes == {"cannot be told"}, "two people are too few to conclude from"
    assert found.level("full", MEAN, "auc") is not None
    text = render(found)
    assert "never trained on" in text, "whole portraits were no family of this study"
    assert "`lips`: `dev` was measured on no forgeries of it (wav2lip)" in text


def test_no_picture_and_no_checkpoint_stays(finished: tuple[Path, list[str]]) -> None:
    run, _ = finished
    kinds = {path.suffix or path.name for path in run.rglob("*") if path.is_file()}
    assert kinds == {".json", ".jsonl", ".pt", ".onnx", ".lock", ".svg"}
    # The curves of numbers: a drawing, in which no picture is embedded.
    drawings = list(run.rglob("*.svg"))
    assert {path.name for path in drawings} == {"curves.svg"}
    assert not any("<image" in path.read_text(encoding="utf-8") for path in drawings)
    assert {path.name for path in run.rglob("*.pt")} == {"final.pt"}


def test_a_finished_study_is_not_done_again(finished: tuple[Path, list[str]], stores: Path) -> None:
    before = content(finished[0])

    def unexpected(*_: object) -> None:
        pytest.fail("nothing is left to do")

    study(stores, finished[0]).go(hook=unexpected)
    assert content(finished[0]) == before


@pytest.mark.parametrize("stage", ["train", "examine"])
def test_an_interrupted_study_goes_on_and_ends_the_same(
    finished: tuple[Path, list[str]], stores: Path, tmp_path: Path, stage: str
) -> None:
    """The last training is interrupted; those before it are there already."""
    run, name = tmp_path / "run", NAMES[-2]
    shutil.copytree(finished[0], run)
    (run / "results.json").unlink()
    shutil.rmtree(run / "trainings" / name)

    def stop(now: str, completed: int, total: int) -> None:
        if now.endswith(stage) and completed == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study(stores, run).go(hook=stop)
    assert not (run / "results.json").exists()
    assert not (run / "trainings" / name / "scores.json").exists()
    told: list[tuple[str, int]] = []
    study(stores, run).go(hook=lambda now, done, total: told.append((now, done)))
    assert {now.partition(":")[0] for now, _ in told} == {f"4 of 5, {name}", "conclude"}
    steps = [done for now, done in told if now.endswith("train")]
    assert steps == ([2] if stage == "train" else []), "what was trained is not trained again"
    one, other = (read_results(folder / "results.json") for folder in (run, finished[0]))
    assert (one.levels, one.left_out, one.curves) == (other.levels, other.left_out, other.curves)
    assert one.trainings[3].seconds > 0


def test_a_study_does_not_go_on_with_something_else(
    finished: tuple[Path, list[str]], stores: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"The study in .* was begun with other config \(rounds, steps\)"):
        study(stores, finished[0], steps=3, rounds=200).go()
    other = some(some(tmp_path, "dfdc_crops", split="dev"), "ffhq")
    with pytest.raises(UsageError, match=r"begun with other stores \(dev-faces.npz, train-faces.npz\)"):
        study(other, finished[0]).go()
    study(stores, finished[0], workers=1).go()


@pytest.mark.parametrize(
    ("train", "fields", "why"),
    [
        (("dfdc_crops",), {}, "holds no faces to train on for lips"),
        (("dfdc_crops",), {"families": ()}, "lips cannot be left out: the stores hold no faces for it"),
        (
            ("ffhq",),
            {"families": (), "left_out": ()},
            "has faces for made only, so there is no family to leave out",
        ),
        (("nothing",), {}, "holds no faces of the split train"),
    ],
)
def test_what_the_stores_lack_is_said_before_the_work(
    tmp_path: Path, train: tuple[str, ...], fields: dict[str, Any], why: str
) -> None:
    some(tmp_path, *train)
    some(tmp_path, "dfdc_crops", split="dev")
    with pytest.raises(UsageError, match=why):
        study(tmp_path, tmp_path / "run", **fields).go()
    assert not (tmp_path / "run").exists()


def test_without_anybody_to_measure_on_nothing_is_trained(tmp_path: Path) -> None:
    some(tmp_path)
    with pytest.raises(UsageError, match="holds no faces of the split dev"):
        study(tmp_path, tmp_path / "run").go()
    assert not (tmp_path / "run").exists()


def test_the_families_are_those_that_the_stores_offer(stores: Path, tmp_path: Path) -> None:
    plan = study(stores, tmp_path / "run", families=(), left_out=())
    begun = plan._begin()
    assert begun["families"] == ["dfdc", "live", "made", "generated", "whole", "lips"]
    assert json.loads((tmp_path / "run" / "begun.json").read_text()) == begun
    assert len(begun["material"]) == 1 + 6 + 1 + 1

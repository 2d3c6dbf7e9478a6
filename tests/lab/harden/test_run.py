"""A whole round on a few faces: what it leaves, that it goes on where it stopped, and how it ends."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from facewarden.errors import ModelError, UsageError
from facewarden.lab.harden import run as rounds
from facewarden.lab.harden.plan import HardenConfig
from facewarden.lab.harden.record import read_record
from facewarden.lab.harden.run import Round
from facewarden.models import registry
from facewarden.models.bundle import CARD, NETWORK, Bundle
from tests.lab.harden.records import comparison, target
from tests.lab.training.faces import some

KIND = "attack:enhancer"
LEARNT = [
    name
    for name in registry.shipped().card().model_extra["config"]["sources"]
    if name.startswith("attack:")  # type: ignore[index]
]
"""Attacks that the shipped network learnt from, which no round may make worse."""
STAGES = [
    f"probe {KIND}", "train", "compare on dev", *(f"compare on {kind}" for kind in sorted({KIND, *LEARNT}))
]  # fmt: skip


def config(stores: Path, **fields: Any) -> HardenConfig:
    plain: dict[str, Any] = {
        "target": ("enhancer",), "steps": 2, "pairs_per_step": 1, "workers": 0, "probed": 2, "measured": 2,
        "rounds": 100, "mixes": (), "level": "very_likely",
    }  # fmt: skip
    return HardenConfig(str(stores), **(plain | fields))


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stores of four genuine and forged faces a split: the rounds here ask how, not how well."""
    folder = tmp_path_factory.mktemp("few")
    for split in ("train", "dev"):
        some(folder, "dfdc_crops", split=split)
    return folder


@pytest.fixture(scope="module")
def finished(few: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder of a round that came to its end, and the stages that it told of."""
    run = tmp_path_factory.mktemp("round") / "run"
    told: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(run.parent / "settings"))
        path = Round(config(few), run).go(registry.shipped(), hook=lambda stage, *_: told.append(stage))
    assert path == run / "record.json"
    return run, told


def content(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_a_round_goes_through_its_stages_and_leaves_a_record(
    finished: tuple[Path, list[str]], few: Path
) -> None:
    run, told = finished
    assert list(dict.fromkeys(told)) == STAGES
    record = read_record(run / "record.json").record
    assert record.incumbent.sha256 == registry.shipped().card().sha256
    assert [probe.kind for probe in record.probes] == [KIND]
    assert record.probes[0].forged == 2
    (one,) = record.candidates
    assert (
        one.network.sha256
        == hashlib.sha256((run / "candidates" / "trained" / NETWORK).read_bytes()).hexdigest()
    )
    assert {c.subject: c.role for c in one.comparisons} == {
        "dfdc_crops": "kept", "genuine": "kept", **dict.fromkeys(LEARNT, "kept"), KIND: "target"
    }  # fmt: skip
    assert record.decision == "refused"
    assert any("target" in reason for reason in record.reasons), "two people are too few to call it better"
    assert record.faces == {"train": 4, "dev": 4}
    assert record.stores == {
        p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(few.glob("*.npz"))
    }
    assert record.config["target"] == ["enhancer"]
    assert record.packages["torch"] == torch.__version__
    assert not (run / "bundle").exists()


def test_the_candidate_learnt_from_the_missed_kind_and_the_old_sources(
    finished: tuple[Path, list[str]],
) -> None:
    run, _ = finished
    sources = json.loads((run / "train" / "config.json").read_text())["sources"]
    already = registry.shipped().card().model_extra["config"]["sources"].get(KIND, 0.0)  # type: ignore[index]
    assert sources[KIND] == pytest.approx(0.4 + 0.6 * already)
    assert sum(sources.values()) == pytest.approx(1)
    assert set(sources) | {KIND} == {KIND} | set(registry.shipped().card().model_extra["config"]["sources"])  # type: ignore[index]
    card = json.loads((run / "candidates" / "trained" / CARD).read_text())
    assert f"{KIND} (forged in memory from the genuine faces above)" in card["trained_on"]
    shipped = registry.shipped().card().moment_thresholds
    # When a photo is called unstable is fitted to one network, so the candidate has no word on it.
    assert card["moment_thresholds"] == {name: shipped[name] for name in ("unclear", "seen")}
    assert len(card["earlier_configs"]) >= 1


def test_no_picture_is_written(finished: tuple[Path, list[str]]) -> None:
    kinds = {path.suffix or path.name for path in finished[0].rglob("*") if path.is_file()}
    assert kinds == {".json", ".jsonl", ".pt", ".onnx", ".lock", ".svg"}
    # The curves of numbers: a drawing, in which no picture is embedded.
    drawings = list(finished[0].rglob("*.svg"))
    assert {path.name for path in drawings} == {"curves.svg"}
    assert not any("<image" in path.read_text(encoding="utf-8") for path in drawings)


def test_a_finished_round_is_not_done_again(finished: tuple[Path, list[str]], few: Path) -> None:
    before = content(finished[0])

    def unexpected(*_: object) -> None:
        pytest.fail("nothing is left to do")

    Round(config(few), finished[0]).go(registry.shipped(), hook=unexpected)
    assert content(finished[0]) == before


@pytest.mark.parametrize("stage", [f"probe {KIND}", "train", "compare on dev"])
def test_an_interrupted_round_goes_on_and_ends_the_same(
    finished: tuple[Path, list[str]], few: Path, tmp_path: Path, stage: str
) -> None:
    def stop(now: str, completed: int, total: int) -> None:
        if now == stage and completed == 1:
            raise KeyboardInterrupt

    run = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        Round(config(few), run).go(registry.shipped(), hook=stop)
    assert not (run / "record.json").exists()
    done = content(run)
    told: list[str] = []
    Round(config(few), run).go(registry.shipped(), hook=lambda now, *_: told.append(now))
    order = STAGES
    assert list(dict.fromkeys(told)) == order[order.index(stage) :]
    for name in ("begun.json", "probe.json"):
        assert done.get(name, content(run)[name]) == content(run)[name]
    one, other = (read_record(folder / "record.json").record for folder in (run, finished[0]))
    assert one.candidates == other.candidates
    assert one.probes == other.probes


def test_a_round_does_not_go_on_with_something_else(
    finished: tuple[Path, list[str]], few: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished[0], run)
    (run / "record.json").unlink()
    with pytest.raises(UsageError, match=r"begun with other config \(seed, steps\)"):
        Round(config(few, steps=3, seed=9), run).go(registry.shipped())
    other = tmp_path / "stores"
    some(other, "dfdc_crops", split="dev")
    some(other, "ffhq", split="train")
    with pytest.raises(UsageError, match=r"begun with other stores \(train-faces.npz\)"):
        Round(config(other), run).go(registry.shipped())
    (run / "incumbent" / NETWORK).write_bytes(b"altered")
    with pytest.raises(ModelError, match="not the one that its card names"):
        Round(config(few), run).go(registry.shipped())


def test_a_promotion_leaves_a_bundle_and_touches_no_other_model(
    finished: tuple[Path, list[str]], few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = content(registry.shipped().folder)
    run = tmp_path / "run"
    shutil.copytree(finished[0], run)
    (run / "record.json").unlink()
    won = [target(0.1, 0.2), comparison("dfdc_crops", low=-0.01, high=0.02)]
    monkeypatch.setattr(rounds.Duel, "on", lambda self, groups: won)
    record = read_record(Round(config(few), run).go(registry.shipped())).record
    assert (record.decision, record.chosen) == ("promoted", "trained")
    bundle = Bundle("new", run / "bundle")
    assert record.winner is not None
    assert bundle.card().sha256 == record.winner.sha256
    assert bundle.checked_network()
    assert read_record(run / "bundle" / "record.json").record == record
    assert bundle.faults() == ("calibration.json is missing; fit it with: facewarden lab calibrate.",)
    assert content(registry.shipped().folder) == shipped


def test_where_nothing_is_missed_nothing_is_trained(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Round._threshold
    monkeypatch.setattr(
        Round, "_threshold", lambda self, b: plain(self, b).model_copy(update={"logit": -1e6})
    )
    record = read_record(Round(config(few), tmp_path / "run").go(registry.shipped())).record
    assert record.decision == "refused"
    assert record.candidates == []
    assert "missed none of what was tried on it: attack:enhancer" in record.reasons[0]
    assert not (tmp_path / "run" / "train").exists()


def test_what_cannot_be_hardened_is_said_before_the_work(few: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    for changed, why in (
        (config(tmp_path / "nowhere"), "holds no faces of the split train"),
        (
            config(few, target=("live",)),
            "target live cannot be measured: dev holds no forgeries by live_auto",
        ),
    ):
        with pytest.raises(UsageError, match=why):
            Round(changed, run).go(registry.shipped())
    with pytest.raises(UsageError, match=r"key .* cannot be read"):
        Round(config(few), run, tmp_path / "no.pem").go(registry.shipped())
    with pytest.raises(UsageError, match="replay cannot be drawn in training"):
        replace(config(few), target=("replay",))
    assert not run.exists()

"""Training: runs, is the same for the same seed, and goes on exactly where it was stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from facewarden.errors import UsageError
from facewarden.lab.training import exported, loop
from facewarden.lab.training.config import TrainConfig
from facewarden.lab.training.files import load_tensors, save_tensors
from facewarden.lab.training.joined import JoinedNet
from facewarden.lab.training.loop import train
from facewarden.lab.training.network import ForgeryNet
from tests.lab.training.faces import QuickNet, some

pytestmark = pytest.mark.lab

Weights = dict[str, Any]


def small(stores: Path, **fields: Any) -> TrainConfig:
    given = {"steps": 3, "pairs_per_step": 1, "workers": 0, "report_every": 10, "seed": 4}
    return TrainConfig(str(stores), **(given | fields))


def equal(one: Weights, other: Weights) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def stop_after(step: int, stop: type[BaseException] = KeyboardInterrupt) -> Callable[[int, int, float], None]:
    def hook(done: int, steps: int, loss: float) -> None:
        if done == step:
            raise stop

    return hook


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "ForgeryNet", QuickNet)
        patch.setattr(exported, "ForgeryNet", QuickNet)
        yield


@pytest.fixture(scope="module")
def straight(
    stores: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[tuple[int, int, float]]]:
    """A run of three steps without a break, and what its hook was told."""
    run = tmp_path_factory.mktemp("straight")
    told: list[tuple[int, int, float]] = []
    final = train(small(stores), run, hook=lambda *news: told.append(news))
    assert final == run / "final.pt"
    return run, told


def test_a_run_leaves_what_it_promises(
    straight: tuple[Path, list[tuple[int, int, float]]], stores: Path
) -> None:
    run, told = straight
    assert sorted(p.name for p in run.iterdir()) == [
        ".lock", "config.json", "curves.svg", "final.pt", "last.pt", "log.jsonl", "reports"
    ]  # fmt: skip
    assert [p.name for p in (run / "reports").iterdir()] == ["000003.pt"]
    assert equal(load_tensors(run / "reports" / "000003.pt"), load_tensors(run / "final.pt"))
    assert [(step, steps) for step, steps, _ in told] == [(1, 3), (2, 3), (3, 3)]
    assert all(0 < loss < 20 for *_, loss in told)
    ForgeryNet().load_state_dict(load_tensors(run / "final.pt"))
    assert load_tensors(run / "last.pt")["step"] == 3
    (line,) = map(json.loads, (run / "log.jsonl").read_text().splitlines())
    assert line["step"] == 3
    assert {"dfdc_crops_auc", "dfdc_crops_paired", "genuine_99th"} <= line.keys()
    assert json.loads((run / "config.json").read_text())["stores"] == str(stores)


def test_the_same_seed_gives_the_same_weights(
    straight: tuple[Path, list[tuple[int, int, float]]], stores: Path, tmp_path: Path
) -> None:
    again = load_tensors(train(small(stores), tmp_path / "again"))
    assert equal(again, load_tensors(straight[0] / "final.pt"))
    other = load_tensors(train(small(stores, seed=5, steps=1), tmp_path / "other"))
    assert not equal(other, again)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(
    straight: tuple[Path, list[tuple[int, int, float]]],
    stores: Path,
    tmp_path: Path,
    stop: type[BaseException],
) -> None:
    with pytest.raises(stop):
        train(small(stores), tmp_path, hook=stop_after(2, stop))
    assert not (tmp_path / "final.pt").exists()
    assert load_tensors(tmp_path / "last.pt")["step"] == 2

    told: list[tuple[int, int, float]] = []
    final = train(small(stores), tmp_path, hook=lambda *news: told.append(news))

    assert told == straight[1][2:]
    assert equal(load_tensors(final), load_tensors(straight[0] / "final.pt"))


def test_an_interruption_within_a_step_takes_that_step_back(
    straight: tuple[Path, list[tuple[int, int, float]]],
    stores: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl-C falls between the forward pass, which moved the batch norms, and the change of weights."""
    plain, calls = loop._loss, []

    def interrupted(*parts: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return plain(*parts)

    monkeypatch.setattr(loop, "_loss", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(small(stores), tmp_path)
    assert load_tensors(tmp_path / "last.pt")["step"] == 1
    assert equal(load_tensors(train(small(stores), tmp_path)), load_tensors(straight[0] / "final.pt"))


def test_an_interruption_amid_the_change_of_weights_keeps_the_checkpoint_before(
    stores: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, calls = torch.optim.AdamW.step, []

    def interrupted(self: Any, *given: Any, **named: Any) -> Any:
        plain(self, *given, **named)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(torch.optim.AdamW, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(small(stores, report_every=1), tmp_path)
    assert load_tensors(tmp_path / "last.pt")["step"] == 1


def test_a_finished_run_is_not_trained_on(
    straight: tuple[Path, list[tuple[int, int, float]]], stores: Path
) -> None:
    before = (straight[0] / "log.jsonl").read_text()

    def unexpected(*_: object) -> None:
        pytest.fail("a finished run must not take another step")

    train(small(stores), straight[0], hook=unexpected)
    assert (straight[0] / "log.jsonl").read_text() == before


def test_a_run_may_end_early_at_the_pace_of_a_longer_one_and_go_on_later(
    straight: tuple[Path, list[tuple[int, int, float]]], stores: Path, tmp_path: Path
) -> None:
    told: list[tuple[int, int, float]] = []
    early = load_tensors(train(small(stores, stop_at=2), tmp_path, hook=lambda *news: told.append(news)))
    assert told == straight[1][:2]
    assert json.loads((tmp_path / "log.jsonl").read_text())["step"] == 2
    late = load_tensors(train(small(stores), tmp_path))
    assert not equal(early, late)
    assert equal(late, load_tensors(straight[0] / "final.pt"))


def test_misled_pictures_change_what_is_learnt_and_a_share_of_none_changes_nothing(
    straight: tuple[Path, list[tuple[int, int, float]]], stores: Path, tmp_path: Path
) -> None:
    plain = load_tensors(straight[0] / "final.pt")
    of_none = train(small(stores, misled_share=0.4), tmp_path / "none")  # .4 of one pair
    assert equal(load_tensors(of_none), plain)
    config = small(stores, misled_share=1.0, misled_levels=8.0)
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path / "all", hook=stop_after(2, KeyboardInterrupt))
    went_on = load_tensors(train(config, tmp_path / "all"))
    assert not equal(went_on, plain)
    assert equal(went_on, load_tensors(train(config, tmp_path / "straight")))


def test_teachers_draw_the_network_towards_what_they_say(stores: Path, tmp_path: Path) -> None:
    torch.manual_seed(1)
    save_tensors(tmp_path / "teacher.pt", QuickNet().state_dict())
    losses = {}
    for weight in (0.0, 2.0):
        told: list[float] = []
        config = small(stores, steps=1, teachers=[str(tmp_path / "teacher.pt")], teaching_weight=weight)
        train(config, tmp_path / str(weight), hook=lambda *news, told=told: told.append(news[2]))
        losses[weight] = told[0]
    assert losses[2.0] > losses[0.0], "what they disagree by is part of the loss"


@pytest.mark.slow
def test_the_number_of_workers_changes_nothing(stores: Path) -> None:
    config = small(stores, steps=4, pairs_per_step=2)
    pairs = loop._Pairs(config)
    alone, shared = (list(loop._batches(pairs, replace(config, workers=workers), 1)) for workers in (0, 2))
    assert len(alone) == len(shared) == 3
    for one, other in zip(alone, shared, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
    images, masks, known, twins = alone[0]
    assert images.shape == (4, 3, 256, 256)
    assert masks.shape == (4, 32, 32)
    assert known.shape == (4,)
    assert twins.shape == (2,)
    assert not masks[:2].any(), "the genuine half comes first"


def gone_on(kind: type[ForgeryNet], stores: Path, folder: Path, **fields: Any) -> tuple[Weights, Weights]:
    """The weights of a network of this kind before and after a short training that begins with them."""
    torch.manual_seed(1)
    before = kind().state_dict()
    save_tensors(folder / "initial.pt", before)
    config = small(stores, initial_weights=str(folder / "initial.pt"), averaging=0.5, **fields)
    return before, load_tensors(train(config, folder / "run"))


def test_frozen_blocks_and_all_statistics_stay(stores: Path, tmp_path: Path) -> None:
    before, after = gone_on(ForgeryNet, stores, tmp_path, steps=2, frozen_blocks=12)

    frozen = ("backbone.stem.", *(f"backbone.blocks.{n}." for n in range(12)))
    kept = {name for name in before if torch.equal(before[name], after[name])}
    assert {name for name in before if name.startswith(frozen)} <= kept
    assert {name for name in before if "running_" in name or "num_batches" in name} <= kept
    moving = {name for name, _ in ForgeryNet().named_parameters() if not name.startswith(frozen)}
    assert moving.isdisjoint(kept)


def test_a_joined_network_goes_on_with_both_and_holds_both_still(stores: Path, tmp_path: Path) -> None:
    before, after = gone_on(JoinedNet, stores, tmp_path, steps=1, frozen_blocks=2)

    assert after.keys() == before.keys()
    for trunk in ("backbone", "second.trunk"):
        for name, stays in (("stem.1.weight", True), ("blocks.1.project.0.weight", True),
                            ("blocks.2.project.0.weight", False)):  # fmt: skip
            assert torch.equal(before[f"{trunk}.{name}"], after[f"{trunk}.{name}"]) == stays, (trunk, name)


def test_all_weights_learn_where_nothing_is_frozen(
    straight: tuple[Path, list[tuple[int, int, float]]],
) -> None:
    torch.manual_seed(4)
    before, after = ForgeryNet().state_dict(), load_tensors(straight[0] / "final.pt")
    assert not [name for name in before if torch.equal(before[name], after[name])]


def test_the_pace_warms_up_and_fades_out() -> None:
    pace = [loop._pace(step, 100) for step in range(101)]
    assert pace[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert all(before >= after for before, after in pairwise(pace[4:]))
    assert pace[100] == pytest.approx(0)


def test_the_loss_rewards_what_it_should() -> None:
    config = TrainConfig("s")
    masks = torch.zeros(2, 32, 32)
    masks[1, 8:24, 8:24] = 1
    known, twins = torch.ones(2), torch.ones(1)

    def loss(*logits: float, heat: Any = 0, sure: float = 1) -> float:
        cells = torch.zeros(2, 32, 32) + heat
        return float(loop._loss(torch.tensor(logits), cells, masks, known * sure, twins, config))

    assert loss(-2.0, 2.0) < loss(0.0, 0.0) < loss(2.0, -2.0)
    right, wrong = masks * 8 - 4, 4 - masks * 8
    assert loss(0.0, 0.0, heat=right) < loss(0.0, 0.0) < loss(0.0, 0.0, heat=wrong)
    assert loss(0.0, 0.0, heat=wrong, sure=0) < loss(0.0, 0.0, heat=right) + 1e-6, (
        "unknown masks must not count"
    )


def test_an_empty_store_is_said(tmp_path: Path) -> None:
    for folder in (some(tmp_path / "stores", "nothing"), tmp_path / "nowhere"):
        with pytest.raises(UsageError, match=r"nothing to train on: 0 faces"):
            train(small(folder), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_without_a_dev_split_it_trains_unexamined(tmp_path: Path) -> None:
    run = tmp_path / "run"
    train(small(some(tmp_path / "stores", "dfdc_crops"), steps=1), run)
    assert json.loads((run / "log.jsonl").read_text()).keys() == {"step", "loss", "took_s"}


def test_whoever_examines_it_otherwise_may_leave_that_out(
    straight: tuple[Path, list[tuple[int, int, float]]], stores: Path, tmp_path: Path
) -> None:
    final = train(small(stores), tmp_path, examined=False)
    assert json.loads((tmp_path / "log.jsonl").read_text()).keys() == {"step", "loss", "took_s"}
    assert equal(load_tensors(final), load_tensors(straight[0] / "final.pt"))


def test_workers_draw_from_what_is_kept(stores: Path) -> None:
    config = small(stores, sources={"dfdc": 1.0}, kept={"people": 0.5})
    kind, given = loop._Pairs(config).__reduce__()
    for pairs in (loop._Pairs(config), kind(*given)):  # here, and as it arrives at a worker
        shelf = pairs._stream._shelf
        assert len({record.identity for record in shelf.records}) == 1
        assert len(shelf.twins("dfdc_crops")) == 1
    assert len({r.identity for r in loop._Pairs(small(stores))._stream._shelf.records}) == 2


def test_a_loss_without_bounds_stops_the_run(
    stores: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = loop._loss
    monkeypatch.setattr(loop, "_loss", lambda *parts: plain(*parts) * float("nan"))
    with pytest.raises(UsageError, match=r"The loss is nan in step 1: use a lower learning_rate"):
        train(small(stores), tmp_path)
    assert not (tmp_path / "last.pt").exists()


@pytest.mark.parametrize("device", ["abacus", "cuda:99"])
def test_a_device_that_is_not_there_is_said(stores: Path, tmp_path: Path, device: str) -> None:
    with pytest.raises(UsageError, match=f"There is no device '{device}' to train on"):
        train(small(stores, device=device), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_checkpoint_of_something_else_is_said(stores: Path, tmp_path: Path) -> None:
    save_tensors(tmp_path / "last.pt", {"step": 1})
    with pytest.raises(UsageError, match="is the checkpoint of another training"):
        train(small(stores), tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_said_and_the_older_checkpoint_stays(stores: Path, tmp_path: Path) -> None:
    def fill_up(done: int, steps: int, loss: float) -> None:
        if done == 2:
            (tmp_path / "last.pt.part").symlink_to("/dev/full")

    with pytest.raises(UsageError, match=r"last\.pt could not be written: No space left on device"):
        train(small(stores, report_every=1), tmp_path, hook=fill_up)
    assert load_tensors(tmp_path / "last.pt")["step"] == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        ".lock",
        "config.json",
        "curves.svg",
        "last.pt",
        "log.jsonl",
        "reports",
    ]

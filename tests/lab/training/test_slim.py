"""Joining: the first stays as it is, the second says with a narrower end what it said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from facewarden.errors import UsageError
from facewarden.lab.training.exported import opened
from facewarden.lab.training.files import load_tensors, save_tensors
from facewarden.lab.training.joined import JoinedNet, SlimEnd, SlimNet
from facewarden.lab.training.network import ForgeryNet
from facewarden.lab.training.shelf import filled
from facewarden.lab.training.slim import SlimPlan, _teach, join, slimmed
from tests.lab.training.faces import some

pytestmark = pytest.mark.lab

PLAN = SlimPlan(pairs=12, rounds=1, seed=3, sources={"made": 1.0}, platform_share=0.0)


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return some(tmp_path_factory.mktemp("faces"), "ffhq", "dfdc_crops")


def run_of(folder: Path, seed: int, **config: object) -> Path:
    torch.manual_seed(seed)
    save_tensors(folder / "final.pt", ForgeryNet().state_dict())
    (folder / "config.json").write_text(json.dumps({"stores": "s", "seed": seed} | config))
    return folder


@pytest.fixture(scope="module")
def joined(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("joined")
    first, second = run_of(folder / "first", 1), run_of(folder / "second", 2, steps=7)
    return join(first, second, folder / "both", stores=faces, plan=PLAN).parent


def test_the_first_stays_and_the_second_brings_its_blocks(joined: Path) -> None:
    both, first, second = (
        load_tensors(joined.parent / name / "final.pt") for name in ("both", "first", "second")
    )
    assert all(torch.equal(both[name], value) for name, value in first.items())
    for name in ("stem.1.weight", "blocks.14.project.0.weight", "blocks.0.project.1.running_mean"):
        assert torch.equal(both[f"second.trunk.{name}"], second[f"backbone.{name}"])
    assert isinstance(opened(joined / "final.pt"), JoinedNet)


def test_the_folder_says_what_was_joined_and_how_well(joined: Path) -> None:
    config = json.loads((joined / "config.json").read_text())
    assert config["sources"] == {"made": 1.0}
    assert config["joined"]["pairs"] == PLAN.pairs
    assert [one["seed"] for one in config["first"]] == [1]
    assert config["second"] == [{"seed": 2, "steps": 7}]
    (line,) = map(json.loads, (joined / "log.jsonl").read_text().splitlines())
    assert line["second_differs"] >= 0
    assert -1 <= line["second_follows"] <= 1


def test_a_narrow_end_learns_to_say_what_it_is_taught() -> None:
    torch.manual_seed(6)
    given = 0.3 * torch.randn(512, 192, 4, 4)
    given[:, :8] += 2 * torch.randn(512, 1, 1, 1)
    said = 2 * given[:, :8].mean((1, 2, 3))
    end = SlimEnd()
    _teach(end, given[:448].half(), said[:448], replace(PLAN, rounds=12))
    end.eval()
    with torch.inference_mode():
        again = end(given[448:])
    assert torch.corrcoef(torch.stack([again, said[448:]]))[0, 1] > 0.8
    assert (again - said[448:]).abs().mean() < 0.6 * said[448:].abs().mean()


def test_the_same_seed_gives_the_same_end(faces: Path) -> None:
    torch.manual_seed(5)
    teacher = ForgeryNet().eval()
    ends = [slimmed(teacher, filled(faces, "train"), PLAN)[0].end for _ in range(2)]
    one, other = (end.state_dict() for end in ends)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_what_cannot_be_joined_is_said(joined: Path, faces: Path, tmp_path: Path) -> None:
    first = joined.parent / "first"
    with pytest.raises(UsageError, match="holds two networks already"):
        join(joined, first, tmp_path / "more", stores=faces, plan=PLAN)
    with pytest.raises(UsageError, match="would overwrite"):
        join(first, joined.parent / "second", first, stores=faces, plan=PLAN)
    with pytest.raises(UsageError, match="holds no faces"):
        join(first, first, tmp_path / "none", stores=tmp_path, plan=PLAN)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"pairs": 9}, "pairs must be 10 or more"),
        ({"rounds": 0}, "rounds must be 1 or more"),
        ({"platform_share": 2.0}, "platform_share must be a share"),
    ],
)
def test_plans_are_checked(fields: dict[str, float], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        SlimPlan(**fields)  # type: ignore[arg-type]


def test_a_slim_network_has_no_part_of_the_end_that_it_leaves_out() -> None:
    assert not [name for name in SlimNet().state_dict() if "blocks.15" in name or "lateral" in name]

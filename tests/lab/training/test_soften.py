"""Part of the way back to the pretrained weights, and the statistics measured anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from facewarden.errors import UsageError
from facewarden.lab.training import soften as module
from facewarden.lab.training.files import load_tensors, save_tensors
from facewarden.lab.training.network import ForgeryNet, Lite0
from facewarden.lab.training.soften import measure_batch_norms, mix, soften
from facewarden.models import model_path
from tests.lab.training.faces import QuickNet, some

pytestmark = pytest.mark.lab

Weights = dict[str, torch.Tensor]
PAIRS = 16


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    """The network at a sixteenth of the pixels, and pretrained weights that need no package."""
    torch.manual_seed(7)
    before = Lite0().state_dict()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ForgeryNet", QuickNet)
        patch.setattr(module, "imagenet_weights", lambda path: before)
        yield


@pytest.fixture
def run(tmp_path: Path) -> Path:
    torch.manual_seed(8)
    folder = tmp_path / "run"
    save_tensors(folder / "final.pt", ForgeryNet().state_dict())
    (folder / "config.json").write_text(json.dumps({"stores": "s", "steps": 9}))
    return folder


def softened(run: Path, stores: Path, share: float) -> tuple[Weights, Weights]:
    """The weights before and after."""
    final = soften(
        run,
        run.parent / f"soft-{share}",
        share=share,
        backbone_weights="published",
        stores=stores,
        pairs=PAIRS,
    )
    return load_tensors(run / "final.pt"), load_tensors(final)


def learnt(weights: Weights) -> Iterator[str]:
    """Names of what is learnt: all but the statistics of the batch norms."""
    return (name for name in weights if "running_" not in name and "num_batches" not in name)


def test_all_of_the_training_is_the_training(run: Path, stores: Path) -> None:
    trained, after = softened(run, stores, 1.0)
    assert trained.keys() == after.keys()
    assert all(torch.equal(trained[name], after[name]) for name in learnt(trained))


def test_nothing_of_it_is_the_pretrained_backbone_under_the_trained_head(run: Path, stores: Path) -> None:
    trained, after = softened(run, stores, 0.0)
    before: Any = module.imagenet_weights("published")
    for name in learnt(trained):
        expected = before[name.removeprefix("backbone.")] if name.startswith("backbone.") else trained[name]
        assert torch.equal(after[name], expected), name


def test_in_between_lies_in_between(run: Path, stores: Path) -> None:
    trained, after = softened(run, stores, 0.6)
    before: Any = module.imagenet_weights("published")
    for name in ("backbone.stem.1.weight", "backbone.blocks.3.project.0.weight", "backbone.head.2.weight"):
        expected = 0.6 * trained[name] + 0.4 * before[name.removeprefix("backbone.")]
        assert torch.allclose(after[name], expected, atol=1e-6)


def test_statistics_are_those_of_the_training_pictures(run: Path, stores: Path) -> None:
    """The stem sees pictures as they are, so the means after its convolution can be computed by hand."""
    trained, after = softened(run, stores, 1.0)
    norm = "backbone.stem.2."
    assert not torch.equal(after[norm + "running_mean"], trained[norm + "running_mean"])
    assert after[norm + "num_batches_tracked"] == 1
    network = QuickNet()
    network.load_state_dict(after)
    again = QuickNet()
    again.load_state_dict(after)
    measure_batch_norms(again, stores, pairs=PAIRS)
    for name, value in again.state_dict().items():
        assert torch.allclose(value.float(), after[name].float()), name


def test_momenta_and_mode_are_as_before(stores: Path) -> None:
    network = QuickNet()
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    norms[0].momentum = 0.25
    before = [norm.momentum for norm in norms]
    measure_batch_norms(network, stores, pairs=PAIRS)
    assert [norm.momentum for norm in norms] == before
    assert before[0] == 0.25
    assert not any(m.training for m in network.modules())


def test_the_new_run_says_what_was_done_and_how_well_it_does(run: Path, stores: Path) -> None:
    softened(run, stores, 0.5)
    folder = run.parent / "soft-0.5"
    config = json.loads((folder / "config.json").read_text())
    assert config == {"stores": "s", "steps": 9, "softened_share": 0.5, "softened_pairs": PAIRS}
    (line,) = map(json.loads, (folder / "log.jsonl").read_text().splitlines())
    assert line["softened_share"] == 0.5
    assert {"dfdc_crops_auc", "dfdc_crops_paired"} <= line.keys()
    assert sorted(p.name for p in folder.iterdir()) == ["config.json", "final.pt", "log.jsonl"]


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_between_nothing_and_all(run: Path, stores: Path, share: float) -> None:
    with pytest.raises(UsageError, match=r"share must be in 0\.\.1, but got"):
        softened(run, stores, share)


def test_what_is_missing_is_said_before_anything_is_written(run: Path, stores: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"

    def attempt(source: Path, target: Path = new, faces: Path = stores) -> None:
        soften(source, target, share=0.5, backbone_weights="published", stores=faces, pairs=PAIRS)

    with pytest.raises(UsageError, match=r"config\.json cannot be read: No such file"):
        attempt(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="would overwrite"):
        attempt(run, run)
    with pytest.raises(UsageError, match="nothing to train on"):
        attempt(run, faces=some(tmp_path / "stores", "nothing"))
    (run / "final.pt").unlink()
    with pytest.raises(UsageError, match="There are no weights at"):
        attempt(run)
    assert not new.exists()


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """What was trained from `run`: other weights, other statistics."""
    torch.manual_seed(9)
    folder = tmp_path / "other"
    save_tensors(folder / "final.pt", {n: v + 1 for n, v in ForgeryNet().state_dict().items()})
    (folder / "config.json").write_text(json.dumps({"steps": 4}))
    return folder


@pytest.mark.parametrize("share", [0.0, 0.75, 1.0])
def test_a_mixture_lies_between_two_runs(run: Path, other: Path, stores: Path, share: float) -> None:
    mixed = load_tensors(mix(run, other, run.parent / "mixed", share=share, stores=stores))
    one, two = load_tensors(run / "final.pt"), load_tensors(other / "final.pt")
    for name, value in mixed.items():
        if value.is_floating_point():
            assert torch.allclose(value, (1 - share) * one[name] + share * two[name], atol=1e-6), name
    config = json.loads((run.parent / "mixed" / "config.json").read_text())
    assert config == {"steps": 4, "mixed_with": "run", "mixed_share": share}
    (line,) = map(json.loads, (run.parent / "mixed" / "log.jsonl").read_text().splitlines())
    assert "dfdc_crops_auc" in line


def test_a_mixture_with_the_exported_network_it_began_with(
    other: Path, single: Path, stores: Path, tmp_path: Path
) -> None:
    pytest.importorskip("onnx", reason="needs the extra [lab]: onnx is missing")
    from facewarden.lab.training.exported import load_exported

    begun = ForgeryNet()
    load_exported(begun, single)
    mixed = load_tensors(mix(single, other, tmp_path / "mixed", share=0.25, stores=stores))
    two = load_tensors(other / "final.pt")
    for name, value in begun.state_dict().items():
        if value.is_floating_point():
            assert torch.allclose(mixed[name], 0.75 * value + 0.25 * two[name], atol=1e-5), name
    config = json.loads((tmp_path / "mixed" / "config.json").read_text())
    assert config["mixed_with"] == "frame_forgery.onnx"


def test_a_mixture_that_cannot_be(run: Path, other: Path, stores: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    with pytest.raises(UsageError, match=r"share must be in 0\.\.1, but got 2"):
        mix(run, other, new, share=2, stores=stores)
    for folder in (run, other):
        with pytest.raises(UsageError, match="would overwrite"):
            mix(run, other, folder, share=0.5, stores=stores)
    with pytest.raises(UsageError, match=r"config\.json cannot be read"):
        mix(run, tmp_path / "nowhere", new, share=0.5, stores=stores)
    with pytest.raises(UsageError, match="is joined of two networks, the other is not"):
        mix(model_path("frame_forgery.onnx"), other, new, share=0.5, stores=stores)
    assert not new.exists()

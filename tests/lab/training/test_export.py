"""What ships: the network as ONNX, with a card that fits it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("onnx", reason="needs the extra [lab]: onnx is missing")

from facewarden.errors import ModelError, UsageError
from facewarden.inference import Network
from facewarden.lab.dataset import Item
from facewarden.lab.training.export import export, notes_of, source_lines
from facewarden.lab.training.files import save_tensors
from facewarden.lab.training.network import ForgeryNet
from facewarden.models import ModelCard
from tests.lab.training.faces import aligned

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[ForgeryNet, Path]:
    """A network whose statistics were moved by one batch, as after training; and its weights."""
    torch.manual_seed(3)
    network = ForgeryNet().train()
    with torch.no_grad():
        network(torch.rand(2, 3, 128, 128) * 255)
    path = tmp_path_factory.mktemp("run") / "final.pt"
    save_tensors(path, network.state_dict())
    return network.eval(), path


@pytest.fixture(scope="module")
def shipped(trained: tuple[ForgeryNet, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("models") / "small.onnx"
    notes = {"metrics": {"auc": 0.9}, "moment_thresholds": {"unclear": 0.5, "seen": 1.5}}
    assert export(trained[1], target, trained_on=["portraits (3 real; CC0)"], notes=notes) == target
    return target


@pytest.mark.parametrize("count", [1, 2])
def test_it_says_what_the_trained_network_says(
    trained: tuple[ForgeryNet, Path], shipped: Path, count: int
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    faces = [aligned("collins")[0].image_rgb, noise][:count]
    batch = np.ascontiguousarray(np.stack(faces).transpose(0, 3, 1, 2)).astype(np.float32)

    logit, heat = Network(shipped)(batch)

    with torch.inference_mode():
        expected = [out.numpy() for out in trained[0](torch.from_numpy(batch))]
    assert logit.shape == (count,)
    assert heat.shape == (count, 32, 32)
    assert np.abs(logit - expected[0]).max() < 1e-3
    assert np.abs(heat - expected[1]).max() < 1e-3
    assert np.ptp(heat) > 0.01


def test_the_card_fits_the_file(shipped: Path) -> None:
    text = shipped.with_suffix(".json").read_text("utf-8")
    card = ModelCard.model_validate_json(text)
    assert card.sha256 == hashlib.sha256(shipped.read_bytes()).hexdigest()
    assert card.trained_on == ["portraits (3 real; CC0)"]
    assert card.metrics == {"auc": 0.9}
    assert card.moment_thresholds == {"unclear": 0.5, "seen": 1.5}
    assert json.loads(text)["name"] == "small"
    assert json.loads(text)["parameters"] == sum(p.numel() for p in ForgeryNet().parameters())
    assert shipped.stat().st_size < 20e6
    assert sorted(p.name for p in shipped.parent.iterdir()) == ["small.json", "small.onnx"]


def test_what_cannot_be_exported(trained: tuple[ForgeryNet, Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"must be named \.onnx, but got net\.json"):
        export(trained[1], tmp_path / "net.json", trained_on=[], notes={})
    with pytest.raises(UsageError, match="There are no weights at"):
        export(tmp_path / "final.pt", tmp_path / "net.onnx", trained_on=[], notes={})
    assert not list(tmp_path.iterdir())


def test_a_network_cut_short_is_no_model(shipped: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.onnx").write_bytes(shipped.read_bytes()[:5000])
    with pytest.raises(ModelError):
        Network(tmp_path / "cut.onnx")


def test_sources_are_counted_by_method_label_and_licence() -> None:
    def item(method: str, label: str, licence: str) -> Item:
        return Item(Path("x"), "train", label, "photo", method, "p", "", licence)  # type: ignore[arg-type]

    items = [item("b", "fake", "MIT"), item("a", "real", "CC0"), item("b", "fake", "MIT")]
    assert source_lines(items) == ["a (1 real; CC0)", "b (2 fake; MIT)"]


def _run(folder: Path, *lines: dict[str, float], **config: object) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    if lines:
        (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def test_the_card_tells_the_whole_training_without_places(tmp_path: Path) -> None:
    first = _run(tmp_path / "first", stores="/home/me/faces", backbone_weights="/home/me/b0", steps=9, seed=1)
    soft = _run(tmp_path / "soft", stores="/home/me/faces", steps=9, softened_share=0.6)
    last = _run(
        tmp_path / "last",
        {"step": 1, "a_auc": 0.5},
        {"step": 4, "a_auc": 0.8},
        stores="/home/me/faces",
        initial_weights=str(soft / "final.pt"),
        steps=4,
    )
    assert notes_of(last, unclear=0.5, seen=1.5) == {
        "config": {"steps": 4},
        "earlier_configs": [{"steps": 9, "softened_share": 0.6}],
        "metrics": {"step": 4, "a_auc": 0.8},
        "moment_thresholds": {"unclear": 0.5, "seen": 1.5},
    }
    plain = notes_of(first, unclear=0, seen=0)
    assert plain["config"] == {"steps": 9, "seed": 1}
    assert plain["metrics"] == {}
    assert "earlier_configs" not in plain


def test_what_began_with_a_network_that_ships_names_its_training_too(tmp_path: Path) -> None:
    card = {"config": {"steps": 7}, "earlier_configs": [{"steps": 5}]}
    (tmp_path / "old.json").write_text(json.dumps(card))
    run = _run(tmp_path / "run", initial_weights=str(tmp_path / "old.onnx"), steps=2)
    notes = notes_of(run, unclear=0, seen=0)
    assert notes["config"] == {"steps": 2}
    assert notes["earlier_configs"] == [{"steps": 7}, {"steps": 5}]
    (tmp_path / "old.json").unlink()
    assert "earlier_configs" not in notes_of(run, unclear=0, seen=0)


def test_notes_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"config\.json cannot be read"):
        notes_of(tmp_path, unclear=0.5, seen=1.5)
    with pytest.raises(UsageError, match="unclear must not exceed seen"):
        notes_of(tmp_path, unclear=2, seen=1.5)

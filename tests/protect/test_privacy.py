"""After enrolment, matching and forgetting nothing of a picture, a name or a file's name is left anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from people import collins
from tests.cli.running import facewarden
from tests.protect.making import PASSPHRASE, everything, make

NAME = "Eileen Überall"
AGREED = ("--consent", "guardian", "--purpose", "a purpose that nobody else has")


@contextmanager
def watched(folder: Path, seen: dict[str, bytes]) -> Iterator[None]:
    """Collect what appears in `folder`, as far as a second look every few milliseconds sees it."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.003):
            for path in folder.rglob("*"):
                try:
                    if path.is_file():
                        seen[str(path)] = path.read_bytes()
                except OSError:
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def pieces(data: bytes, size: int = 24) -> set[bytes]:
    """Stretches of the file that say something of it: all but its first bytes, which every such file has."""
    found = {data[start : start + size] for start in range(256, len(data) - size, 97)}
    return {piece for piece in found if len(set(piece)) > 8}


@pytest.mark.slow
def test_nothing_is_left(tmp_path: Path) -> None:
    home, private = tmp_path / "home", tmp_path / "temp"
    photo, copy = tmp_path / "a-most-telling-name.jpg", tmp_path / "another-telling-name.png"
    home.mkdir()
    Image.fromarray(collins()).save(photo, quality=95, exif=b"Exif\0\0" + b"MM\0*\0\0\0\x08\0\0\0\0\0\0")
    Image.fromarray(collins()).resize((256, 256)).save(copy)
    environment = {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "FACEWARDEN_PASSPHRASE": PASSPHRASE,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    seen: dict[str, bytes] = {}
    private.mkdir()

    def protect(*arguments: str | Path) -> bytes:
        done = facewarden("protect", *arguments, private=private, env=environment, timeout=300)
        assert done.returncode in (0, 1), done.stderr.decode()
        return done.stdout

    with watched(private, seen):
        protect("init")
        protect("enrol", NAME, photo, *AGREED)
        assert b"A copy of item 1" in protect("match", copy, photo)
        store = home / "data" / "facewarden" / "people"
        sealed = {path.name: path.read_bytes() for path in (store / "objects").iterdir()}
        middle = list(everything(home))
        protect("forget", NAME, "--yes")

    words = [NAME, "Eileen", "purpose that nobody", photo.name, copy.name, photo.stem, copy.stem, "Exif"]
    pixels = pieces(np.ascontiguousarray(collins()).tobytes()[: 1 << 18], 48)
    telling = (
        {word.encode() for word in words} | pieces(photo.read_bytes()) | pieces(copy.read_bytes()) | pixels
    )
    after = [*everything(home), *everything(private)]
    for content in (*middle, *after, *seen.values()):
        assert not [piece for piece in telling if piece in content]
    # And of the sealed records not even their ciphertext, which a lost key could have opened one day.
    cipher = {piece for content in sealed.values() for piece in pieces(content, 32)}
    assert len(sealed) == 2
    for content in after:
        assert not [piece for piece in cipher if piece in content]
    assert not list((store / "objects").iterdir())


RULES = "version: 1\nrules: [{name: all, when: {person: any}, then: [note, warn, hold, escalate, {command: page}]}]\n"


@pytest.mark.slow
def test_a_watch_writes_no_names_and_the_list_names_nobody_who_was_forgotten(tmp_path: Path) -> None:
    home, private, inbox, state = (tmp_path / name for name in ("home", "temp", "inbox", "state"))
    for folder in (home, private, inbox):
        folder.mkdir()
    photo = tmp_path / "mine.png"
    Image.fromarray(collins()).save(photo)
    Image.fromarray(collins()).resize((256, 256)).save(inbox / "a.png")
    (tmp_path / "rules.yaml").write_text(RULES)
    told = tmp_path / "told"
    (tmp_path / "actions.toml").write_text(
        f'[commands.page]\nargv = ["/bin/sh", "-c", "cat >{told}"]\ntell = ["people"]\n'
    )
    (tmp_path / "actions.toml").chmod(0o600)
    environment = {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "FACEWARDEN_STATE": str(state),
        "FACEWARDEN_PASSPHRASE": PASSPHRASE,
        "FACEWARDEN_ACTOR": "ann",
    }
    people = home / "data" / "facewarden" / "people"

    def ran(*arguments: str | Path, code: int = 0) -> bytes:
        done = facewarden(*arguments, private=private, env=environment, timeout=300)
        assert done.returncode == code, done.stderr.decode()
        return done.stdout + done.stderr

    ran("protect", "init")
    ran("protect", "enrol", NAME, photo, *AGREED)
    (person,) = [json.loads(line)["id"] for line in ran("protect", "list", "--json").splitlines()]
    said = ran(
        "watch", inbox, "--once", "--fast", "--settle", "0.1s", "--json", "--people", people,
        "--policy", tmp_path / "rules.yaml", "--actions", tmp_path / "actions.toml", code=1,
    )  # fmt: skip
    assert person.encode() in said
    assert NAME.encode() in ran("waiting", "--people", people, code=1)
    assert person.encode() in (state / "state.sqlite").read_bytes()
    ran("protect", "forget", NAME, "--yes")
    # What was counted of her goes with her, by its id as well.
    for path in state.glob("state*"):
        assert person.encode() not in path.read_bytes()
    assert b"of a person who was forgotten" in ran("waiting", "--people", people, code=1)
    written = [*everything(state), *everything(private), *everything(home), told.read_bytes(), said]
    assert sum(person.encode() in content for content in written) >= 3  # the journal, the list, what was told
    for word in (NAME.encode(), b"Eileen", b"berall", json.dumps(NAME)[1:-1].encode()):
        assert not [content for content in written if word in content]


def test_a_crash_leaves_no_memory_image(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    limit = resource.getrlimit(resource.RLIMIT_CORE)
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_CORE, (hard := resource.getrlimit(4)[1], hard));"
        "from facewarden.cli.main import run; code = run(['protect', 'list']);"
        "print(code, resource.getrlimit(resource.RLIMIT_CORE)[0])"
    )
    make(tmp_path / "people")
    environment = {
        **os.environ,
        "FACEWARDEN_PEOPLE": str(tmp_path / "people"),
        "FACEWARDEN_PASSPHRASE": PASSPHRASE,
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["0", "0"]
    assert resource.getrlimit(resource.RLIMIT_CORE) == limit

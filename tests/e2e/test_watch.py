"""A watched folder with the real check: a copy of an enrolled photo comes in, is isolated, and is given back."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from people import collins
from tests.cli.running import COMMAND, alive, descendants, environment, eventually, facewarden
from tests.protect.making import make as make_people
from tests.vault.making import PASSPHRASE
from tests.vault.making import make as make_vault

EXAMPLES = Path(__file__).parents[2] / "examples"


class Place:
    """Everything that a watch needs, in one folder."""

    def __init__(self, root: Path) -> None:
        self.root, self.inbox, self.state = root, root / "inbox", root / "state"
        self.inbox.mkdir()
        self.environment = {
            "FACEWARDEN_VAULT": str(make_vault(root / "vault")),
            "FACEWARDEN_STATE": str(self.state),
            "FACEWARDEN_PASSPHRASE": PASSPHRASE,
            "FACEWARDEN_ACTOR": "ann",
        }

    def run(self, *words: str | Path) -> tuple[int, str]:
        ran = facewarden(*words, private=self.root / "tmp", env=self.environment, timeout=300)
        return ran.returncode, ran.stdout.decode()

    def stage(self) -> list[str]:
        try:
            with sqlite3.connect(f"file:{self.state}/state.sqlite?mode=ro", uri=True) as found:
                stages = [row[0] for row in found.execute("SELECT stage FROM item")]
            found.close()
        except sqlite3.Error:
            return []
        return stages

    def journal(self) -> list[dict[str, object]]:
        path = self.state / "journal.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line for line in map(json.loads, lines) if line["kind"] == "judged"]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.slow
def test_a_copy_of_an_enrolled_photo_is_isolated_and_given_back(place: Place) -> None:
    people = place.root / "people"
    make_people(people)
    mine = place.root / "mine.png"
    Image.fromarray(collins()).save(mine)
    code, _ = place.run(
        "protect", "enrol", "Eileen", mine, "--people", people, "--consent", "self", "--purpose", "tests"
    )
    assert code == 0
    copy = place.inbox / "chat" / "photo.jpg"
    copy.parent.mkdir()
    Image.fromarray(collins()).convert("RGB").save(copy, quality=60)
    content = copy.read_bytes()
    shutil.copy(EXAMPLES / "genuine.jpg", place.inbox / "genuine.jpg")
    code, out = place.run("watch", place.inbox, "--once", "--json", "--fast", "--people", people)
    lines = {Path(line["name"]).name: line for line in map(json.loads, out.splitlines())}
    assert lines["photo.jpg"]["match"] == "confirmed"
    (person,) = lines["photo.jpg"]["people"]
    assert "Eileen" not in out
    code_waiting, waiting = place.run("waiting", "--people", people, "--json")
    assert (code_waiting, json.loads(waiting)["people"]) == (1, {person: "Eileen"})
    assert lines["photo.jpg"]["steps"] == ["quarantine", "escalate"]
    assert (lines["genuine.jpg"]["match"], lines["genuine.jpg"]["steps"]) == ("none", [])
    assert code == 1
    case = lines["photo.jpg"]["performed"][0]["case"]
    assert content not in copy.read_bytes()
    assert place.run("vault", "restore", case, "--reason", "seen") == (0, f"{copy}\n")
    assert copy.read_bytes() == content
    # It is judged again, as a new file, and left to people, who gave it back.
    place.run("watch", place.inbox, "--once", "--fast", "--people", people)
    assert copy.read_bytes() == content
    assert place.run("vault", "verify")[0] == 0


@pytest.mark.slow
def test_a_watch_ends_in_order_and_goes_on_where_it_was(place: Place) -> None:
    words = ("watch", place.inbox, "--fast", "--settle", "0.2")
    shutil.copy(EXAMPLES / "genuine.mp4", place.inbox / "clip.mp4")

    @contextmanager
    def begun() -> Iterator[subprocess.Popen[bytes]]:
        with subprocess.Popen(
            [*COMMAND, *map(str, words)],
            env=environment(place.root / "tmp", **place.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            try:
                yield process
            finally:
                process.kill()  # or a test that failed would wait for it for ever

    with begun() as process:
        assert eventually(lambda: place.stage() == ["claimed"], within_s=120)
        below = descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, b"")
        assert eventually(lambda: not alive(below), within_s=5)
    assert place.journal() == []
    assert place.stage() == ["waiting"]
    with begun() as process:
        assert eventually(lambda: len(place.journal()) == 1, within_s=120)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert place.stage() == ["done"]
    (line,) = place.journal()
    assert line["media"] == "clip"

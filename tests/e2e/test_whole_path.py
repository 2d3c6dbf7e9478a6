"""The whole path of a new user: enrol, watch, isolate, read, pack, verify with other people's tools, restore."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from facewarden.messages import say
from people import collins, hopper
from tests.cli.running import facewarden

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("pdqhash", reason="needs the extra [protect]: pdqhash is missing")
bagit = pytest.importorskip("bagit", reason="bagit is missing")

pytestmark = [pytest.mark.lab, pytest.mark.slow]


class Desk:
    """A user with folders of her own and the command line."""

    def __init__(self, root: Path) -> None:
        self.root, self.inbox = root, root / "inbox"
        self.inbox.mkdir()
        self.home = {
            "HOME": str(root / "home"),
            "XDG_DATA_HOME": str(root / "home" / "data"),
            "XDG_STATE_HOME": str(root / "home" / "state"),
            "XDG_CONFIG_HOME": str(root / "home" / "config"),
            "XDG_CACHE_HOME": str(root / "home" / "cache"),
            "FACEWARDEN_PASSPHRASE": "several words in a row",
            "FACEWARDEN_ACTOR": "ann",
        }
        self.people = root / "home" / "data" / "facewarden" / "people"

    def __call__(self, *words: str | Path, code: int = 0) -> str:
        """Run a command, which must end with `code`; what it printed."""
        ran = facewarden(*words, private=self.root / "tmp", env=self.home, timeout=600)
        assert ran.returncode == code, ran.stderr.decode()
        return ran.stdout.decode()


def run(*words: str | Path, folder: Path) -> str:
    """Another program; what it printed."""
    ran = subprocess.run(
        list(map(str, words)), cwd=folder, capture_output=True, text=True, timeout=120, check=True
    )
    return ran.stdout


def forged(desk: Desk, portrait: Path) -> Path:
    """Grace Hopper's face on the portrait, made by the lab, with all its marks."""
    cbook = pytest.importorskip("matplotlib.cbook", reason="needs the extra [lab]: Matplotlib is missing")
    hopper()
    source = desk.root / "hopper.jpg"
    shutil.copy(os.fspath(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)), source)
    out = desk(
        "lab", "attack", "one_photo", "--source", source, "--target", portrait, "-o", desk.root / "party.jpg"
    )
    return Path(out.split()[-1])


def test_from_enrolment_to_restoring(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    portrait = tmp_path / "portrait-of-eileen.png"
    Image.fromarray(collins()).save(portrait)
    desk("vault", "init")
    desk("protect", "init")
    desk("protect", "enrol", "Eileen", portrait, "--consent", "self", "--purpose", "find forgeries of me")
    forgery = forged(desk, portrait)
    before = forgery.read_bytes()
    arrived = desk.inbox / forgery.name
    shutil.move(forgery, arrived)

    lines = desk(
        "watch", desk.inbox, "--people", desk.people, "--once", "--settle", "0.2s", "--json", code=1
    )  # fmt: skip
    judged = next(line for line in map(json.loads, lines.splitlines()) if line["kind"] == "judged")
    # Hers is the picture, and only the face differs: that is told by hashes alone, whatever the network says.
    assert (judged["match"], judged["swap_lead"]) == ("confirmed", True), judged
    assert judged["level"] != "no_sign"
    assert arrived.read_bytes() != before  # A stub with the case's number lies in its place.

    case = json.loads(desk("vault", "list", "--json").splitlines()[0])["case"]
    assert case in arrived.read_text()
    shown = json.loads(desk("vault", "show", case, "--json"))
    assert shown["facts"]["sha256"] == hashlib.sha256(before).hexdigest()
    assert {entry["actor"] for entry in shown["entries"]} == {"ann (watch)"}
    page = tmp_path / "case.html"
    desk("case", "page", case, "-o", page)
    written = " ".join(page.read_text().split())
    assert case in written
    assert "<img" not in written
    # What the check found is there without --report: the vault kept it with the file.
    level = say(f"level.name.{judged['level']}", "en")
    assert level in written
    assert say("case.check.none", "en") not in written
    notice = tmp_path / "notice.txt"
    desk("case", "notice", case, "--kind", "platform", "--url", "https://example.org/p/1", "-o", notice)
    assert hashlib.sha256(before).hexdigest() in notice.read_text()

    packed = tmp_path / "case.zip"
    desk("vault", "package", case, "-o", packed, "--reason", "report to the police")
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "police")
    bag = tmp_path / "police" / case
    run(sys.executable, bagit.__file__, "--validate", bag, folder=tmp_path)
    report = json.loads((bag / "data" / "report.json").read_bytes())
    assert (report["sha256"], report["level"]) == (hashlib.sha256(before).hexdigest(), judged["level"])
    versions = json.loads((bag / "data" / "versions.json").read_bytes())
    assert versions["check"] == report["versions"]
    assert versions["check"]["models"]
    told = run("sh", "verify.sh", folder=bag)
    assert desk("vault", "fingerprint").strip() in told

    desk("vault", "restore", case, "--reason", "it was the lab's")
    assert arrived.read_bytes() == before
    assert desk("vault", "verify").strip().endswith("ok")
    desk("protect", "verify")
    # Nothing of her portrait, her name or the file's is readable in the store.
    desk("protect", "forget", "Eileen", "--yes")
    kept = b"".join(path.read_bytes() for path in desk.people.rglob("*") if path.is_file())
    for secret in (b"Eileen", b"portrait-of-eileen", portrait.read_bytes()[1000:1032]):
        assert secret not in kept

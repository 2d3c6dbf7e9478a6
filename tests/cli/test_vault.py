"""``facewarden vault``, from init to the receipt."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import fabricated
from facewarden.cli.main import run
from facewarden.messages import say
from facewarden.report.jsonl import report_json
from tests.vault.making import PASSPHRASE, make

Command = Callable[..., tuple[int, str, str]]
NUMBER = "FW-2026-000001"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACEWARDEN_VAULT", str(tmp_path / "vault"))
    monkeypatch.setenv("FACEWARDEN_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("FACEWARDEN_ACTOR", "ann")
    return tmp_path / "vault"


@pytest.fixture
def vault(home: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """Run ``facewarden vault ...``; (exit code, stdout, stderr)."""

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capfdbinary.readouterr()
        code = run(["vault", *map(str, arguments)])
        told = capfdbinary.readouterr()
        return code, told.out.decode(), told.err.decode()

    return call


@pytest.fixture
def picture(home: Path, tmp_path: Path) -> Path:
    make(home)
    path = tmp_path / "a.jpg"
    path.write_bytes(b"a picture")
    return path


def number_in(text: str) -> str:
    return text.split()[0]


def test_a_vault_is_made_used_and_verified(vault: Command, home: Path, tmp_path: Path) -> None:
    assert vault("init") == (0, f"{home}\n", "")
    empty = "There is no case in this vault yet.\n"
    assert vault("list") == vault("list", "--json") == (0, "", empty)
    path = tmp_path / "a.jpg"
    path.write_bytes(b"a picture")
    code, out, err = vault("quarantine", path, "--reason", "forged")
    number = number_in(out)
    assert (code, out, err) == (0, f"{number} {path}\n", "")
    code, out, _ = vault("list")
    assert code == 0
    assert re.fullmatch(rf"{number}  quarantined  20\S+Z  {re.escape(str(path))}\n", out)
    code, out, _ = vault("show", number)
    assert f"  place   {path}\n" in out
    assert "quarantine.begun by ann: forged\n" in out
    assert vault("release", number, "--to", tmp_path / "b", "--reason", "r") == (0, f"{tmp_path / 'b'}\n", "")
    assert vault("restore", number, "--reason", "mistake") == (0, f"{path}\n", "")
    assert path.read_bytes() == b"a picture"
    assert vault("verify") == (0, f"{home}: ok\n", "")
    assert "init" not in vault("list")[1]
    code, out, err = vault("init")
    assert (code, out) == (2, "")
    assert "There is something in" in err


def test_json_lines(vault: Command, picture: Path, tmp_path: Path) -> None:
    out = vault("quarantine", picture, "--reason", "forged", "--destroy-after", "2020-01-01", "--json")[1]
    fields = json.loads(out)
    number = fields["case"]
    assert fields == {"case": number, "path": str(picture)}
    listed = json.loads(vault("list", "--json")[1])
    assert (listed["case"], listed["state"], listed["pending"]) == (number, "quarantined", None)
    assert listed["place"] == str(picture)
    assert json.loads(vault("due", "--json")[1]) == listed
    shown = json.loads(vault("show", number, "--json")[1])
    assert shown["facts"]["place"] == str(picture)
    assert [entry["action"] for entry in shown["entries"]] == ["quarantine.begun", "quarantine.done"]
    assert shown["entries"][0]["private"]["reason"] == "forged"
    assert "salt" not in shown["entries"][0]["private"]
    kept = vault("keep", number, "--forever", "--reason", "r")
    assert kept == (0, f"{number}: kept, and never due\n", "")
    assert vault("due") == vault("due", "--json") == (0, "", "Nothing is due to be destroyed.\n")
    kept = vault("keep", number, "--until", "2020-02-02", "--reason", "r")
    told = f"{number}: due to be destroyed from 2020-02-02 on; nothing is destroyed by itself\n"
    assert kept == (0, told, "")
    assert f"{number}  quarantined" in vault("due")[1]
    assert vault("keep", number, "--reason", "r")[0] == 2
    made = json.loads(vault("package", number, "-o", tmp_path / "p.zip", "--reason", "r", "--json")[1])
    assert made["path"] == str(tmp_path / "p.zip")
    with zipfile.ZipFile(tmp_path / "p.zip") as file:
        versions = json.loads(file.read(f"{number}/data/versions.json"))
    assert {model["name"] for model in versions["models"]} >= {"frame_forgery.onnx"}
    assert vault("verify", "--against", tmp_path / "p.zip", "--json") == (0, "", "")


def test_a_list_tells_places_and_steers_no_terminal(
    vault: Command, picture: Path, home: Path, tmp_path: Path
) -> None:
    strange = tmp_path / "b\x1b[2J\n.jpg"
    strange.write_bytes(b"another picture")
    vault("quarantine", picture, strange, "--reason", "forged", "--destroy-after", "2020-01-01")
    vault("restore", NUMBER, "--reason", "mistake")
    log = (home / "custody.jsonl").read_bytes()
    first, second = vault("list")[1].splitlines()
    assert first.endswith(f"Z  due 2020-01-01  {picture}")
    assert second.endswith(f"  due 2020-01-01  {tmp_path}/b\ufffd[2J\ufffd.jpg")
    assert vault("due")[1] == f"{second}\n"
    # No evidence was read.
    assert (home / "custody.jsonl").read_bytes() == log


def test_what_cannot_be_taken_stays_and_the_rest_is_taken(
    vault: Command, picture: Path, tmp_path: Path
) -> None:
    code, out, err = vault("quarantine", tmp_path / "none", tmp_path, picture, "--reason", "forged")
    assert code == 2
    assert out.endswith(f" {picture}\n")
    assert len(err.splitlines()) == 2
    assert "is a folder. Name the files in it" in err


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], object]]:
    """A terminal as standard input; what is called types a line at it."""
    person, terminal = pty.openpty()
    with os.fdopen(terminal, "r") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield lambda line: os.write(person, f"{line}\n".encode())
        monkeypatch.undo()
    os.close(person)


def test_without_a_terminal_nothing_is_destroyed(vault: Command, picture: Path) -> None:
    number = number_in(vault("quarantine", picture, "--reason", "forged")[1])
    for words in ([], ["--confirm", number]):
        code, out, err = vault("destroy", number, "--reason", "old", *words)
        assert (code, out) == (2, "")
        assert (
            f"A person has to confirm this: run this at a terminal, also with --confirm {number}, as there"
            in err
        )
    assert f"{number}  quarantined" in vault("list")[1]


@pytest.mark.parametrize(("words", "how"), [(["--confirm", NUMBER], "option"), ([], "typed")])
def test_a_person_confirms_what_is_destroyed(
    vault: Command, picture: Path, home: Path, keyboard: Callable[[str], object], words: list[str], how: str
) -> None:
    assert number_in(vault("quarantine", picture, "--reason", "forged")[1]) == NUMBER
    keyboard("yes")
    assert vault("destroy", NUMBER, "--reason", "old")[0] == 2
    assert vault("destroy", NUMBER, "--reason", "old", "--confirm", "yes")[0] == 2
    if not words:
        keyboard(NUMBER)
    receipt = home / "receipts" / f"{NUMBER}.json"
    code, out, _ = vault("destroy", NUMBER, "--reason", "old", *words)
    assert (code, out) == (0, f"{receipt}\n")
    assert json.loads(receipt.read_bytes())["content"]["confirmed"] == how
    shown = json.loads(vault("show", NUMBER, "--json")[1])["entries"]
    assert [each["details"]["confirmed"] for each in shown if each["action"] == "destroy.begun"] == [how]


def test_what_a_rule_started_destroys_nothing_at_a_terminal_either(
    vault: Command, picture: Path, keyboard: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    vault("quarantine", picture, "--reason", "forged")
    monkeypatch.setenv("FACEWARDEN_ACTING", "")
    code, out, err = vault("destroy", NUMBER, "--reason", "old", "--confirm", NUMBER)
    assert (code, out) == (2, "")
    assert "no rule may destroy evidence. A person has to run it, at a terminal." in err
    assert "Nobody has agreed" in vault("destroy", NUMBER, "--reason", "no", "--withdraw")[2]
    assert f"{NUMBER}  quarantined" in vault("list")[1]


def test_two_people(vault: Command, home: Path, tmp_path: Path, keyboard: Callable[[str], object]) -> None:
    make(home, two_person=True)
    (tmp_path / "a").write_bytes(b"a")
    number = number_in(vault("quarantine", tmp_path / "a", "--reason", "r")[1])
    words = ("destroy", number, "--reason", "old", "--confirm", number)
    code, out, err = vault(*words)
    assert (code, out) == (0, "")
    assert "A second person has to agree" in err
    assert vault("destroy", number, "--reason", "no", "--withdraw") == (
        0, f"{number}: nobody agrees to its destruction any more\n", "",
    )  # fmt: skip
    assert vault(*words)[1] == ""
    assert vault(*words, "--actor", "bob")[1].endswith(f"{number}.json\n")


def test_damage_is_named_and_the_code_is_two(vault: Command, picture: Path, home: Path) -> None:
    vault("quarantine", picture, "--reason", "forged")
    log = home / "custody.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([lines[0], lines[2]]))
    code, out, err = vault("verify")
    assert (code, err) == (2, "")
    assert "missing: custody.jsonl, entry 2: Entry 2 is gone.\n" in out
    fault = json.loads(vault("verify", "--json")[1].splitlines()[0])
    assert (fault["kind"], fault["where"]) == ("missing", "custody.jsonl, entry 2")
    code, out, err = vault("list")
    assert (code, out) == (2, "")
    assert "facewarden vault verify" in err


def test_something_unfinished_is_code_three_until_the_next_command(
    vault: Command, picture: Path, home: Path
) -> None:
    with (home / "custody.jsonl").open("ab") as file:
        file.write(b"half a li")
    code, out, _ = vault("verify")
    assert code == 3
    assert out.startswith("unfinished: custody.jsonl, entry 2: ")
    assert vault("list")[0] == 0
    assert vault("verify")[0] == 0


def test_the_three_troubles_with_keys_are_told_apart(
    vault: Command, picture: Path, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FACEWARDEN_PASSPHRASE", "something else")
    code, _, err = vault("list")
    assert code == 2
    assert "The passphrase does not open" in err
    (tmp_path / "passphrase").write_text(f"{PASSPHRASE}\nsecond line\n")
    assert vault("list", "--passphrase-file", tmp_path / "passphrase")[0] == 0
    monkeypatch.delenv("FACEWARDEN_PASSPHRASE")
    assert "there is no terminal to ask at" in vault("list")[2]
    key = home / "key.json"
    content = key.read_bytes()
    key.write_bytes(content.replace(b"argon2id", b"argon2ie"))
    assert "was altered or is damaged" in vault("list")[2]
    key.unlink()
    assert "is gone. Put it back from a backup" in vault("list")[2]


def test_no_vault_and_no_case(vault: Command, home: Path, tmp_path: Path) -> None:
    code, out, err = vault("list")
    assert (code, out) == (2, "")
    assert "Make one with facewarden vault init" in err
    assert vault("list", "--vault", tmp_path)[0] == 2
    make(home)
    assert "There is no case FW-2026-000001" in vault("show", NUMBER)[2]
    assert "There is no case" in vault("destroy", NUMBER, "--reason", "r", "--confirm", NUMBER)[2]


def test_a_file_s_name_does_not_steer_the_terminal(vault: Command, home: Path, tmp_path: Path) -> None:
    make(home)
    path = tmp_path / "a\x1b[2J\n\u202egpj.exe"
    path.write_bytes(b"x")
    out = vault("quarantine", path, "--reason", "r")[1]
    number = number_in(out)
    for text in (out, vault("show", number)[1], vault("restore", number, "--reason", "r")[1]):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_another_passphrase_opens_the_vault_and_the_old_one_no_longer(
    vault: Command, picture: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert vault("quarantine", picture, "--reason", "forged")[0] == 0
    fresh = tmp_path / "fresh"
    fresh.write_text("a new passphrase\n")
    told = "The new passphrase opens the vault now.\n"
    assert vault("passphrase", "--new-passphrase-file", fresh) == (0, "", told)
    code, _, err = vault("list")
    assert (code, "does not open" in err) == (2, True)
    monkeypatch.setenv("FACEWARDEN_PASSPHRASE", "a new passphrase")
    assert vault("list")[1].startswith(NUMBER)
    assert vault("verify") == (0, f"{home}: ok\n", "")
    log = [
        json.loads(line)["content"]["action"] for line in (home / "custody.jsonl").read_text().splitlines()
    ]
    assert log[-2:] == ["key.relocking", "key.relocked"]


def test_a_passphrase_that_is_too_short_changes_nothing(
    vault: Command, picture: Path, tmp_path: Path
) -> None:
    (tmp_path / "fresh").write_text("short\n")
    code, _, err = vault("passphrase", "--new-passphrase-file", tmp_path / "fresh")
    assert (code, "at least 8 characters" in err) == (2, True)
    assert vault("list")[0] == 0


def test_the_fingerprint_is_what_openssl_prints(vault: Command, picture: Path, home: Path) -> None:
    code, out, _ = vault("fingerprint")
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", home / "public.pem", "-outform", "DER"],
        check=True,
        capture_output=True,
    ).stdout
    assert (code, out) == (0, hashlib.sha256(der).hexdigest() + "\n")


def test_a_report_that_is_named_is_kept_with_its_file(vault: Command, picture: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports.jsonl"
    digest = hashlib.sha256(picture.read_bytes()).hexdigest()
    found = fabricated.photo_report(path="a.jpg").model_copy(update={"sha256": digest})
    other = tmp_path / "b.jpg"
    other.write_bytes(b"another picture")
    reports.write_text(f"{report_json(found)}\n", "utf-8")
    code, out, err = vault("quarantine", picture, other, "--reason", "forged", "--report", reports)
    assert (code, out) == (2, f"{NUMBER} {picture}\n")
    assert f"{other} was not taken: the report that was named is not on this very file." in err
    assert other.read_bytes() == b"another picture"
    sealed = hashlib.sha256(report_json(found).encode()).hexdigest()
    assert f"  report  kept with it, sha256 {sealed}\n" in vault("show", NUMBER)[1]
    assert vault("package", NUMBER, "-o", tmp_path / "p.zip", "--reason", "police")[0] == 0
    with zipfile.ZipFile(tmp_path / "p.zip") as package:
        assert package.read(f"{NUMBER}/data/report.json").decode() == report_json(found)
    # What is written about the case knows it, too.
    assert run(["case", "page", NUMBER, "-o", str(tmp_path / "case.txt")]) == 0
    written = " ".join((tmp_path / "case.txt").read_text("utf-8").split())
    assert say("level.name.very_likely") in written
    assert say("case.check.none") not in written
    assert vault("quarantine", other, "--reason", "r", "--report", tmp_path / "none")[0] == 2
    assert vault("verify")[0] == 0

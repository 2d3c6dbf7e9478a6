"""Commands that pages, messages and documents tell people to run are whole: each as it is printed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import fabricated
from facewarden.cases.page import case_page
from facewarden.cases.views.text import as_text
from facewarden.cli.main import root, run
from facewarden.messages import LANGUAGES, catalogue
from tests.cases.making import BARE, record, setting
from tests.vault.making import PASSPHRASE, make

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")])
_BLOCK = re.compile(r"^```(?:console|sh|)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(facewarden [a-z]+ [^`\n]*[A-Z]{4}[^`\n]*)`")
_PRINTED = re.compile(r"[:：] ?(facewarden [^.。]*(?:\.[a-z]+[^.。]*)*)$")
_MISSING = re.compile(r"does not exist|No such file")


def fault_of(command: str) -> str:
    """What click says of it before it would run; that a file which is named is not there is no fault."""
    arguments = shlex.split(re.sub(r"\s>\s.*", "", command), comments=True)[1:]
    here: click.Command = root
    context = root.make_context("facewarden", arguments)
    try:
        while isinstance(here, click.Group):
            name, found, arguments = here.resolve_command(context, [*context._protected_args, *context.args])
            assert found is not None
            here, context = found, found.make_context(name, arguments, parent=context)
    except click.exceptions.Exit:
        return ""
    except click.UsageError as error:
        return "" if _MISSING.search(error.format_message()) else f"{command}: {error.format_message()}"
    return ""


def in_document(path: Path) -> Iterator[str]:
    text = path.read_text("utf-8")
    for block in _BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"\s(?:&&|\|)\s", line.removeprefix("$ ")):
                if part.startswith("facewarden "):
                    yield part
    for command in _INLINE.findall(text) if path.name != "CHANGELOG.md" else ():
        # What stands in brackets may be left out.
        yield re.sub(r"\[[^]]*\]", "", command)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_in_documents_are_whole(path: Path) -> None:
    assert [fault for command in in_document(path) if (fault := fault_of(command))] == []


def test_the_documents_hold_commands() -> None:
    assert sum(1 for path in DOCUMENTS for _ in in_document(path)) > 80


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_end_with_whole_commands(language: str) -> None:
    named = [
        sentence for sentence in catalogue(language).values() if re.search(r"facewarden [a-z]+ ", sentence)
    ]
    printed = [found[1] for sentence in named if (found := _PRINTED.search(sentence))]
    assert len(printed) >= 6
    assert [fault for each in printed if (fault := fault_of(each.format(number="7", count=1)))] == []
    # The others name a command in passing, in brackets.
    rest = [sentence for sentence in named if not _PRINTED.search(sentence)]
    assert all(re.search(r"[(（]facewarden [a-z ]+[)）]", sentence) for sentence in rest), rest


@pytest.mark.parametrize(
    "command",
    [
        "facewarden vault package FW-2026-000001",
        "facewarden vault restore CASE",
        "facewarden check",
        "facewarden vault pack CASE",
        "facewarden case notice 7 --kind nobody -o n.html",
    ],
)
def test_what_is_half_a_command_is_found(command: str) -> None:
    assert fault_of(command)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_page_of_a_case_says_runs_as_printed(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("VAULT", str(tmp_path / "vault")), ("PASSPHRASE", PASSPHRASE), ("ACTOR", "ann")):
        monkeypatch.setenv(f"FACEWARDEN_{name}", value)
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "vault")
    picture = tmp_path / "a.jpg"
    picture.write_bytes(b"a picture")

    def printed(text: str) -> list[list[str]]:
        text = " ".join(text.split())
        found = re.findall(r"facewarden (?:vault|case) .*?(?:\.html|--reason \w+)", text)
        given = {
            "ADDRESS": "https://example.org/p/1",
            "网址": "https://example.org/p/1",
            "주소": "https://example.org/p/1",
        }
        given |= {"FILE": "a.jpg", "文件": "a.jpg", "파일": "a.jpg"}
        return [[given.get(word, word) for word in command.split()[1:]] for command in found]

    (quarantine,) = printed(as_text(case_page(BARE, None, setting(language))))
    assert run(quarantine) == 0
    commands = printed(as_text(case_page(record(), fabricated.clip_report(), setting(language))))
    assert [command[:2] for command in commands] == [["case", "notice"]] * 2 + [["vault", "package"]]
    assert [run(command) for command in commands] == [0, 0, 0]
    assert {path.name for path in tmp_path.iterdir()} >= {"notice.html", "report.html", "package.zip"}

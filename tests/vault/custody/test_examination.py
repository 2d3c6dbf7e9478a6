"""The examination names what is wrong, and with which entry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.sealed.signing import Signer
from facewarden.vault.custody.entry import Deed
from facewarden.vault.custody.examination import examine
from facewarden.vault.custody.head import Head, sign_head
from facewarden.vault.fault import Fault
from tests.vault.custody.logs import SIGNER, VAULT, lines_of, log_in, made

Lines = list[bytes]


def faults(folder: Path, *, anchors: tuple[Head, ...] = ()) -> tuple[Fault, ...]:
    return examine(
        folder / "custody.jsonl", folder / "head.json", SIGNER, vault=VAULT, anchors=anchors
    ).faults


def kinds(folder: Path) -> list[tuple[str, str]]:
    return [(fault.kind, fault.where.removeprefix("custody.jsonl, ")) for fault in faults(folder)]


def test_a_sound_log_has_no_faults(tmp_path: Path) -> None:
    log = made(tmp_path)
    assert faults(tmp_path, anchors=(log.head,)) == ()
    assert (
        examine(tmp_path / "custody.jsonl", tmp_path / "head.json", SIGNER, vault=VAULT).entries
        == log.entries
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda x: [*x[:2], x[2].replace(b'"n":3', b'"n":9'), *x[3:]], [("changed", "entry 3")]),
        (lambda x: [*x[:2], b"junk\n", *x[3:]], [("changed", "entry 3")]),
        (lambda x: [*x[:2], *x[3:]], [("missing", "entry 3")]),
        (lambda x: [*x[:1], *x[3:]], [("missing", "entry 2"), ("missing", "entry 3")]),
        (lambda x: x[1:], [("missing", "entry 1")]),
        (lambda x: [*x[:2], x[3], x[2], x[4]], [("reordered", "entry 3")]),
        (lambda x: [x[4], *x[:4]], [("reordered", f"entry {n}") for n in (1, 2, 3, 4)]),
        (lambda x: [*x[:2], x[1], *x[2:]], [("inserted", "entry 2")]),
        (lambda x: [*x[:2], b"junk\n", *x[2:]], [("inserted", "entry 3")]),
        (lambda x: [b"\n", *x], [("inserted", "entry 1")]),
        (lambda x: x[:4], [("truncated", "entry 5")]),
        (lambda x: x[:2], [("truncated", "entry 3")]),
        (lambda x: [], [("truncated", "entry 1")]),
        (lambda x: [*x[:4], x[4][:-1]], [("truncated", "entry 5"), ("changed", "entry 5")]),
        (lambda x: [*x, b"half a line"], [("unfinished", "entry 6")]),
        (lambda x: [*x, b"a line\n"], [("unfinished", "entry 6")]),
        (lambda x: [*x, x[1]], [("inserted", "entry 2")]),
    ],
)
def test_each_kind_of_fault_is_named_with_its_entry(
    tmp_path: Path, change: Callable[[Lines], Lines], expected: list[tuple[str, str]]
) -> None:
    made(tmp_path)
    (tmp_path / "custody.jsonl").write_bytes(b"".join(change(lines_of(tmp_path))))
    assert kinds(tmp_path) == expected


def test_entries_of_a_second_history_are_found(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    made(tmp_path / "one")
    made(tmp_path / "two")
    one, two = lines_of(tmp_path / "one"), lines_of(tmp_path / "two")
    log = tmp_path / "one" / "custody.jsonl"
    log.write_bytes(b"".join([*one[:2], two[2], *one[3:]]))
    assert kinds(tmp_path / "one") == [("inserted", "entry 3"), ("inserted", "entry 4")]
    # The first entries are alike but for the random salt of what is private: none in the very first.
    log.write_bytes(b"".join(two))
    assert kinds(tmp_path / "one") == [("changed", "custody.jsonl")]


def test_an_old_copy_is_found_by_a_later_head(tmp_path: Path) -> None:
    log = made(tmp_path)
    old = {path: path.read_bytes() for path in tmp_path.iterdir()}
    log.append(Deed("log.adopted", "ann"))
    later = log.head
    for path, content in old.items():
        path.write_bytes(content)
    assert faults(tmp_path) == ()
    (fault,) = faults(tmp_path, anchors=(later,))
    assert fault.kind == "rolled_back"
    assert "an old copy of the vault" in fault.sentence
    log = log_in(tmp_path)
    log.load()
    log.append(Deed("log.adopted", "somebody else"))
    (fault,) = faults(tmp_path, anchors=(later,))
    assert fault.kind == "rolled_back"
    assert "two histories" in fault.sentence


def test_heads_that_are_none_are_named(tmp_path: Path) -> None:
    log = made(tmp_path)
    head = tmp_path / "head.json"
    for content in (b"", b"junk\n", sign_head(log.head, Signer(bytes(32))) + b"\n", head.read_bytes()[:-1]):
        head.write_bytes(content)
        assert kinds(tmp_path) == [("changed", "head.json")]
    other = Head(vault="cd" * 16, count=5, chain=log.head.chain)
    head.write_bytes(sign_head(other, SIGNER) + b"\n")
    assert "another vault" in faults(tmp_path)[0].sentence
    head.unlink()
    assert kinds(tmp_path) == [("missing", "head.json")]
    (tmp_path / "custody.jsonl").unlink()
    assert kinds(tmp_path) == [("missing", "custody.jsonl"), ("missing", "head.json")]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    made(folder, 3)
    return folder


@given(st.data())
def test_every_changed_byte_is_found(template: Path, data: st.DataObject) -> None:
    path = template / data.draw(st.sampled_from(["custody.jsonl", "head.json"]))
    sound = path.read_bytes()
    content = bytearray(sound)
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        assert any(fault.damage for fault in faults(template))
    finally:
        path.write_bytes(sound)

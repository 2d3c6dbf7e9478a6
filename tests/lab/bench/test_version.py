from __future__ import annotations

from pathlib import Path

from facewarden.lab.bench.version import code_version, rooms_besides


def test_another_file_or_room_is_another_version(tmp_path: Path) -> None:
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"one")
    first = code_version("faces", files=[weights])
    assert first == code_version("faces", files=[weights])
    assert first != code_version("media", files=[weights])
    weights.write_bytes(b"two")
    assert first != code_version("faces", files=[weights])


def test_a_single_module_is_a_room_too() -> None:
    assert code_version("errors") != code_version("messages")
    assert code_version("lab/bench/version") == code_version("lab/bench/version")


def test_all_rooms_but_those_left_out() -> None:
    rooms = rooms_besides("lab", "cli")
    assert {"media", "faces", "models", "errors"} <= set(rooms)
    assert not {"lab", "cli", "__init__", "__pycache__"} & set(rooms)

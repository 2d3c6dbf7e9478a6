"""Which model is in use: chosen in one step, checked before it is used, and never replaced in silence."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import facewarden.models as models
from facewarden.errors import ModelError, UsageError
from facewarden.models import registry
from facewarden.models.bundle import CALIBRATION, CARD, NETWORK, RECORD
from facewarden.verdict import calibration
from tests.models.bundles import made_up


def forget() -> None:
    """What a new process would know."""
    registry._in_use.cache_clear()


@pytest.fixture
def chosen(home: Path, tmp_path: Path) -> Path:
    """The folder of a bundle that is installed and in use."""
    registry.add(made_up(tmp_path / "night"))
    registry.use("night")
    forget()
    return home / "night"


def test_without_a_choice_the_model_of_the_package_is_in_use(home: Path) -> None:
    assert registry.in_use() == registry.shipped()
    assert registry.name_in_use() == "shipped"
    assert registry.installed() == []
    assert models.model_path(NETWORK) == registry.shipped().network
    assert not home.exists(), "looking must not make folders"


def test_the_folder_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(registry.VARIABLE)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert registry.root() == tmp_path / "facewarden" / "models"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert registry.root() == tmp_path / ".local" / "share" / "facewarden" / "models"


def test_a_model_is_added_whole_and_not_used_before_it_is_chosen(home: Path, tmp_path: Path) -> None:
    source = made_up(tmp_path / "night")
    (source / RECORD).write_text("{}")
    (source / "notes.txt").write_text("left behind")
    bundle = registry.add(source)
    assert (bundle.name, bundle.folder) == ("night", home / "night")
    assert sorted(p.name for p in bundle.folder.iterdir()) == sorted([NETWORK, CARD, CALIBRATION, RECORD])
    assert [p.name for p in home.iterdir()] == ["night"], "nothing half-copied stays"
    assert registry.installed() == [bundle]
    assert registry.in_use().name == "shipped"


def test_a_chosen_model_gives_network_card_and_calibration(chosen: Path) -> None:
    assert registry.in_use().folder == chosen
    assert models.model_path(NETWORK) == chosen / NETWORK
    assert models.model_bytes(NETWORK) == b"a network"
    assert models.model_card(NETWORK).model_extra["made"] == "2026-01-02"  # type: ignore[index]
    assert calibration.default().version == "v1"
    assert models.model_path("face_landmark.tflite").parent.name == "third_party"


def test_going_back_leaves_no_trace(chosen: Path) -> None:
    registry.use("shipped")
    forget()
    assert registry.in_use() == registry.shipped()
    assert calibration.default().version != "v1"
    registry.use("shipped")


def test_a_process_keeps_the_model_that_it_began_with(chosen: Path) -> None:
    assert registry.in_use().name == "night"
    registry.use("shipped")
    assert registry.in_use().name == "night"
    forget()
    assert registry.in_use().name == "shipped"


@pytest.mark.parametrize("file", [NETWORK, CARD, CALIBRATION])
@pytest.mark.parametrize("how", ["missing", "altered"])
def test_a_damaged_model_in_use_is_an_error(chosen: Path, file: str, how: str) -> None:
    if how == "missing":
        (chosen / file).unlink()
    else:
        # Still sound by itself where that is possible: but not what was chosen.
        (chosen / file).write_bytes((chosen / file).read_bytes() + b"\n")
    for use in (registry.in_use, lambda: models.model_path(NETWORK), calibration.default):
        with pytest.raises(ModelError, match=r"night in use is damaged: .*facewarden models use shipped"):
            use()
    registry.use("shipped")
    assert models.model_path(NETWORK) == registry.shipped().network


def test_a_model_in_use_that_is_gone_is_an_error(chosen: Path) -> None:
    chosen.rename(chosen.with_name("day"))
    with pytest.raises(ModelError, match="night in use is damaged"):
        registry.in_use()
    assert registry.name_in_use() == "night"


def test_a_network_altered_after_its_first_use_is_refused(chosen: Path) -> None:
    models.model_path(NETWORK)
    (chosen / NETWORK).write_bytes(b"other bytes")
    for load in (models.model_path, models.model_bytes):
        with pytest.raises(ModelError, match=r"not the one that was published.*models use shipped"):
            load(NETWORK)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"name": "night"}', '{"name": "../night", "sha256": {}}', '{"name": 3}']
)
def test_a_broken_choice_is_an_error(chosen: Path, content: str) -> None:
    (chosen.parent / "in_use.json").write_text(content)
    for ask in (registry.in_use, registry.name_in_use):
        with pytest.raises(ModelError, match=r"in_use\.json .*facewarden models use shipped"):
            ask()
    registry.use("shipped")
    assert registry.in_use().name == "shipped"


def test_what_is_damaged_cannot_be_chosen_and_the_choice_stays(chosen: Path, tmp_path: Path) -> None:
    day = registry.add(made_up(tmp_path / "day", content=b"brighter"))
    (day.folder / NETWORK).write_bytes(b"dim")
    with pytest.raises(UsageError, match=r"no sound model: The network .* is not the one"):
        registry.use("day")
    with pytest.raises(UsageError, match="There is no model named noon; there are shipped, day, night"):
        registry.use("noon")
    assert registry.in_use().name == "night"


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "..", "shipped", "in_use.json", "x" * 65, "a\n"])
def test_odd_names_are_refused(home: Path, tmp_path: Path, name: str) -> None:
    source = made_up(tmp_path / "shipped")
    with pytest.raises(UsageError, match="cannot be a model's name"):
        registry.add(source, name)
    assert not home.exists()


def test_a_name_is_not_given_twice(chosen: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a model named night already"):
        registry.add(made_up(tmp_path / "other"), "night")
    assert models.model_bytes(NETWORK) == b"a network"


def test_a_bundle_with_faults_is_not_added(home: Path, tmp_path: Path) -> None:
    source = made_up(tmp_path / "night")
    (source / CALIBRATION).write_text(json.dumps({"models": {NETWORK: "0" * 12}}))
    with pytest.raises(UsageError, match="fitted for another network"):
        registry.add(source)
    assert not home.exists()


def test_what_changes_while_it_is_copied_is_not_added(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = registry._copy

    def swapped(source: Path, target: Path) -> None:
        plain(source, target)
        if target.name == NETWORK:
            target.write_bytes(b"swapped")

    monkeypatch.setattr(registry, "_copy", swapped)
    with pytest.raises(UsageError, match="no sound model"):
        registry.add(made_up(tmp_path / "night"))
    assert list(home.iterdir()) == []


def test_a_file_beyond_all_bounds_is_refused(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_MOST_BYTES", 3)
    with pytest.raises(UsageError, match="more than the 0 MiB"):
        registry.add(made_up(tmp_path / "night"))
    assert list(home.iterdir()) == []


def test_a_full_disk_leaves_nothing(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    source = made_up(tmp_path / "night")
    monkeypatch.setattr(registry.shutil, "copyfile", full)
    with pytest.raises(UsageError, match=r"could not be copied .* No space left"):
        registry.add(source)
    assert list(home.iterdir()) == []


def test_a_choice_that_cannot_be_written_leaves_the_one_before(
    chosen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.add(made_up(tmp_path / "day", content=b"brighter"))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(UsageError, match="could not be changed: No space left"):
            registry.use("day")
    assert registry.in_use().name == "night"
    assert sorted(p.name for p in chosen.parent.iterdir()) == ["day", "in_use.json", "night"]


def test_a_removed_model_is_gone(home: Path, tmp_path: Path) -> None:
    registry.add(made_up(tmp_path / "night"))
    registry.add(made_up(tmp_path / "day"))
    registry.remove("night")
    assert [bundle.name for bundle in registry.installed()] == ["day"]
    assert [path.name for path in home.iterdir()] == ["day"]
    registry.add(made_up(tmp_path / "again"), "night")


def test_what_is_in_use_or_no_model_of_the_users_own_stays(chosen: Path) -> None:
    with pytest.raises(UsageError, match="The model night is in use"):
        registry.remove("night")
    with pytest.raises(UsageError, match="goes with the package alone"):
        registry.remove("shipped")
    with pytest.raises(UsageError, match="There is no model named noon"):
        registry.remove("noon")
    assert registry.in_use().folder == chosen


def test_a_model_that_cannot_be_deleted_stays_whole(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = registry.add(made_up(tmp_path / "night"))

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(UsageError, match="could not be deleted: Permission denied"):
        registry.remove("night")
    assert registry.installed() == [bundle]
    assert not bundle.faults()
    assert [path.name for path in home.iterdir()] == ["night"]

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.lab import dataset


def test_items_come_in_the_order_of_the_manifest(tmp_path: Path, write_manifest: Callable[..., Path]) -> None:
    rows = [
        {"method": "b", "media": "clip", "path": "x/b.mp4"},
        {"method": "a", "label": "fake", "pair": "p"},
    ]
    found = dataset.load(write_manifest(tmp_path, rows))
    assert [item.method for item in found.items] == ["b", "a"]
    assert found.items[0].path == tmp_path / "x" / "b.mp4"
    assert found.items[0].media == "clip"
    assert not found.items[0].is_fake
    assert found.items[1].is_fake


def test_select_asks_for_all_words_at_once(tmp_path: Path, write_manifest: Callable[..., Path]) -> None:
    rows = [
        {"split": "dev", "label": "fake", "method": "swap"},
        {"split": "train", "label": "fake", "method": "swap"},
        {"split": "dev", "label": "real", "method": "portraits"},
        {"split": "dev", "label": "real", "method": "talks", "media": "clip"},
    ]
    found = dataset.load(write_manifest(tmp_path, rows))
    assert len(found.select(split="dev")) == 3
    assert len(found.select(split="dev", label="real", media="photo")) == 1
    assert [i.identity for i in found.select(method="talks")] == ["person_3"]
    assert found.select(split="test") == ()


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ({"label": "forged"}, "label"),
        ({"media": "film"}, "media"),
        ({"identity": ""}, "identity"),
        ({"path": "../outside.jpg"}, "path"),
        ({"path": "/etc/hosts"}, "path"),
        ({"path": ""}, "path"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(
    tmp_path: Path, write_manifest: Callable[..., Path], row: dict[str, str], word: str
) -> None:
    root = write_manifest(tmp_path, [{}, row])
    with pytest.raises(UsageError, match=rf"line 3: {word} must"):
        dataset.load(root)


def test_a_manifest_without_a_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / dataset.MANIFEST).write_text("path,split,label\n", "utf-8")
    with pytest.raises(UsageError, match="media, method, identity, pair, licence"):
        dataset.load(tmp_path)


def test_an_absent_collection_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--data DIR"):
        dataset.load(tmp_path / "nowhere")


def test_the_environment_names_the_folder(
    tmp_path: Path, write_manifest: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_manifest(tmp_path / "named", [{}])
    monkeypatch.setenv(dataset.ENVIRONMENT, str(tmp_path / "named"))
    assert dataset.data_root() == tmp_path / "named"


def test_a_named_folder_is_never_passed_over(
    tmp_path: Path, write_manifest: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_manifest(tmp_path / "other", [{}])
    monkeypatch.setenv(dataset.ENVIRONMENT, str(tmp_path / "other"))
    with pytest.raises(UsageError, match="empty"):
        dataset.data_root(tmp_path / "empty")


def test_another_manifest_of_the_folder_can_be_read(
    tmp_path: Path, write_manifest: Callable[..., Path]
) -> None:
    root = write_manifest(tmp_path, [{"split": "dev"}])
    (root / dataset.MANIFEST).rename(root / "other.csv")
    assert [item.split for item in dataset.load(root, "other.csv").items] == ["dev"]
    with pytest.raises(UsageError, match=r"has no manifest\.csv"):
        dataset.load(root)


def test_names_that_edges_connect_become_one() -> None:
    root = dataset.joined([("a", "b"), ("c", "d"), ("b", "d"), ("e", "f")])
    assert len({root(name) for name in "abcd"}) == 1
    assert root("e") == root("f") != root("a")
    assert root("alone") == "alone"


def test_twins_are_found_by_their_pair(tmp_path: Path, write_manifest: Callable[..., Path]) -> None:
    rows = [
        {"label": "fake", "pair": "one"},
        {"label": "real", "pair": "two"},
        {"label": "real", "pair": "one"},
        {"label": "real", "pair": "one"},
        {"label": "fake", "pair": "lonely"},
        {"label": "fake"},
        {"label": "real"},
    ]
    items = dataset.load(write_manifest(tmp_path, rows)).items
    assert dataset.twins(items) == (dataset.Twins(items[0], items[2]),)


def test_clusters_join_identities_and_pairs(tmp_path: Path, write_manifest: Callable[..., Path]) -> None:
    rows = [
        {"identity": "ann"},
        {"identity": "ann", "pair": "p"},
        {"identity": "swapped", "pair": "p", "label": "fake"},
        {"identity": "swapped"},
        {"identity": "bob"},
        # An identity that bears the name of a pair is not that pair.
        {"identity": "p"},
    ]
    names = dataset.clusters(dataset.load(write_manifest(tmp_path, rows)).items)
    assert len({names[n] for n in range(4)}) == 1
    assert len(set(names)) == 3


def test_leaks_of_identity_pair_and_content_are_told(
    tmp_path: Path, write_manifest: Callable[..., Path]
) -> None:
    rows = [
        {"split": "train", "identity": "ann", "pair": "p"},
        {"split": "dev", "identity": "ann"},
        {"split": "dev", "identity": "bob", "pair": "p"},
        {"split": "train", "identity": "cid"},
        {"split": "dev", "identity": "cod"},
    ]
    root = write_manifest(tmp_path, rows)
    for number, content in enumerate(["a", "b", "c", "same", "same"]):
        (root / f"{number}.jpg").write_text(content)
    found = dataset.leaks(dataset.load(root).items)
    assert [line.split()[0] for line in sorted(found)] == ["content", "identity", "pair"]
    assert len(dataset.leaks(dataset.load(root).items, contents=False)) == 2


def test_clean_splits_have_no_leaks(collection: Callable[..., Path]) -> None:
    one, two = collection("one", split="dev"), collection("two", split="train")
    assert dataset.leaks([*dataset.load(one).items, *dataset.load(two).items]) == ()


@pytest.mark.data
def test_the_research_data_keeps_people_and_pairs_apart() -> None:
    try:
        found = dataset.load()
    except UsageError as error:
        pytest.skip(f"the research data is not here: {error}")
    assert {item.split for item in found.items} >= {"train", "dev"}
    assert dataset.leaks(found.items, contents=False) == ()
    assert all(item.path.is_file() for item in found.items)

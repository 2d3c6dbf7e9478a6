from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import UsageError
from facewarden.lab.dataset import Item, leaks, load
from facewarden.lab.splitting import Link, copies, divide, groups_of, note, table

SHARES = {"train": 0.7, "dev": 0.15, "test": 0.15}


def _item(
    number: int, *, identity: str, pair: str = "", method: str = "portraits", fake: bool = False
) -> Item:
    return Item(
        Path(f"{number}.jpg"), "old", "fake" if fake else "real", "photo", method, identity, pair, "CC0"
    )


@st.composite
def _collections(draw: st.DrawFn) -> list[Item]:
    words = st.integers(0, draw(st.integers(0, 60)))
    rows = draw(
        st.lists(
            st.tuples(words, words, st.booleans(), st.sampled_from(["a", "b", "c"])), min_size=1, max_size=80
        )
    )
    # Many files have no pair.
    return [
        _item(n, identity=f"person_{who}", pair=f"pair_{pair}" if pair % 3 else "", method=method, fake=fake)
        for n, (who, pair, fake, method) in enumerate(rows)
    ]


@given(
    items=_collections(),
    parts=st.lists(st.integers(1, 100), min_size=2, max_size=4),
    seed=st.integers(0, 2**32 - 1),
    methods_apart=st.booleans(),
    held_out=st.booleans(),
    data=st.data(),
)
def test_nothing_stands_on_two_sides(
    items: list[Item],
    parts: list[int],
    seed: int,
    methods_apart: bool,
    held_out: bool,
    data: st.DataObject,
) -> None:
    shares = {f"split_{n}": part / sum(parts) for n, part in enumerate(parts)}
    forged = sorted({item.method for item in items if item.is_fake})
    out = tuple(data.draw(st.sampled_from([[name] for name in forged]))) if held_out and forged else ()
    some = st.sampled_from(items)
    links = data.draw(st.lists(st.tuples(some, some), max_size=3))
    groups = groups_of(items, methods_apart=methods_apart, links=links)
    if len(groups) < len(shares):
        with pytest.raises(UsageError, match="which do not make"):
            divide(items, shares, methods_apart=methods_apart, links=links)
        return
    found = divide(items, shares, seed=seed, held_out=out, methods_apart=methods_apart, links=links)

    assert [item.path for item in found.items] == [item.path for item in items]
    assert leaks(found.items, contents=False) == ()
    split_of = {item.path: item.split for item in found.items}
    assert all(split_of[one.path] == split_of[other.path] for one, other in links)
    for method in forged if methods_apart else out:
        splits = {item.split for item in found.items if item.is_fake and item.method == method}
        assert len(splits) == 1
        assert method not in out or splits == {list(shares)[-1]}
    assert found == divide(items, shares, seed=seed, held_out=out, methods_apart=methods_apart, links=links)
    if not out:
        counts = Counter(split_of.values())
        assert all(
            abs(counts[split] - share * len(items)) < found.group_sizes[0] + 1e-3
            for split, share in shares.items()
        )


def test_every_method_gets_its_share_in_every_split() -> None:
    items = [
        _item(n, identity=f"p{n}", method="rare" if n < 100 else "common", fake=n < 100) for n in range(1000)
    ]
    found = divide(items, SHARES).items
    rare = Counter(item.split for item in found if item.method == "rare")
    assert rare == {"train": 70, "dev": 15, "test": 15}


def test_what_is_held_out_takes_its_twins_along() -> None:
    items = [
        _item(2 * n + fake, identity=f"p{n}", pair=f"p{n}", method="new" if n < 3 else "old", fake=bool(fake))
        for n in range(20)
        for fake in (0, 1)
    ]
    found = divide(items, SHARES, held_out=["new"])
    assert {item.split for item in found.items if item.identity in ("p0", "p1", "p2")} == {"test"}
    assert found.forced == 6
    assert "6 files are in the last split because of what is held out" in note(found)
    # Six files are the whole share of `test`.
    assert Counter(item.split for item in found.items)["test"] == 6


def test_what_is_held_out_may_be_more_than_its_share() -> None:
    items = [_item(n, identity=f"p{n}", method="new" if n < 60 else "old", fake=True) for n in range(100)]
    found = divide(items, {"train": 0.6, "dev": 0.2, "test": 0.2}, held_out=["new"])
    assert Counter(item.split for item in found.items) == {"train": 30, "dev": 10, "test": 60}


def test_another_seed_is_another_split() -> None:
    items = [_item(n, identity=f"p{n}") for n in range(60)]
    assert divide(items, SHARES, seed=1).items != divide(items, SHARES, seed=2).items


def test_the_same_bytes_stay_together(tmp_path: Path) -> None:
    items = []
    for number, content in enumerate("abcadeafgh"):
        (tmp_path / f"{number}.jpg").write_text(content)
        items.append(
            Item(tmp_path / f"{number}.jpg", "old", "real", "photo", "portraits", f"p{number}", "", "CC0")
        )
    links: list[Link] = copies(items)
    for seed in range(10):
        assert leaks(divide(items, {"train": 0.5, "test": 0.5}, seed=seed, links=links).items) == ()


def test_the_table_counts_what_each_split_holds() -> None:
    items = [
        _item(n, identity=f"p{n // 2}", method="swap" if n % 2 else "real", fake=bool(n % 2))
        for n in range(20)
    ]
    found = divide(items, {"train": 0.8, "test": 0.2})
    assert "| train | 16 | 0.800 | 0.800 | 8 | 8 | real 8, swap 8 |" in table(
        found, {"train": 0.8, "test": 0.2}
    )
    assert note(found) == "20 files in 10 groups that are never parted; the largest holds 2.\n"


@pytest.mark.parametrize("shares", [{"train": 1.0}, {"train": 0.5, "dev": 0.4}, {"train": 1.0, "dev": 0.0}])
def test_shares_must_be_a_whole(shares: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="two shares or more"):
        divide([_item(n, identity=f"p{n}") for n in range(5)], shares)


def test_a_method_without_forgeries_cannot_be_held_out() -> None:
    items = [_item(n, identity=f"p{n}", method="swap", fake=n > 2) for n in range(5)]
    with pytest.raises(UsageError, match=r"no forgeries of portraits; there are swap"):
        divide(items, SHARES, held_out=["portraits"])


@pytest.mark.data
def test_the_research_data_is_parted_nearly_as_asked() -> None:
    try:
        items = load().items
    except UsageError as error:
        pytest.skip(f"the research data is not here: {error}")
    found = divide(items, SHARES).items
    assert leaks(found, contents=False) == ()
    counts = Counter(item.split for item in found)
    assert all(abs(counts[split] / len(items) - share) < 0.02 for split, share in SHARES.items())
    for method in ("dfdc_crops", "stylegan2", "ffhq"):
        assert {item.split for item in found if item.method == method} == set(SHARES)

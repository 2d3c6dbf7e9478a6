"""The stream of pairs: genuine first, the same for the same seed, and nothing that the data lack."""

from __future__ import annotations

from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

from facewarden.errors import UsageError
from facewarden.lab.training.launder import Laundry
from facewarden.lab.training.pairs import SOURCES, Pair, PairStream
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import read_stores
from tests.lab.training.faces import some

pytestmark = pytest.mark.lab


def stream(folder: Path, *, seed: int = 1, **sources: float) -> PairStream:
    return PairStream(FaceShelf(list(read_stores(folder, "train"))), seed=seed, sources=sources or SOURCES)


def same(one: Pair, other: Pair) -> bool:
    return (
        (one.images == other.images).all()
        and (one.masks == other.masks).all()
        and (one.mask_known == other.mask_known).all()
        and (one.twins, one.source) == (other.twins, other.source)
    )


@pytest.mark.parametrize("source", SOURCES)
def test_a_pair_is_as_it_says(stores: Path, source: str) -> None:
    for pair in islice(stream(stores, **{source: 1.0}), 6):
        assert pair.source == source
        assert pair.images.shape == (2, 256, 256, 3)
        assert pair.images.dtype == np.uint8
        assert pair.images.flags.c_contiguous
        assert pair.masks.shape == (2, 32, 32)
        assert pair.masks.dtype == np.float32
        assert 0 <= pair.masks.min() <= pair.masks.max() <= 1
        assert not pair.masks[0].any(), "the genuine face has no mask"
        assert pair.mask_known[0] == 1
        assert pair.twins == (source in ("dfdc", "live", "made", "generated"))
        # Lips: where they were forged is not known, so nothing is claimed.
        assert pair.masks[1].any() == (pair.mask_known[1] > 0) == (source != "lips")
        assert (pair.images[0] != pair.images[1]).any()


def test_twins_show_the_same_face_and_others_do_not(stores: Path) -> None:
    def apart(source: str) -> float:
        pairs = islice(stream(stores, seed=3, **{source: 1.0}), 24)
        return float(np.median([np.abs(np.diff(p.images.astype(int), axis=0)).mean() for p in pairs]))

    assert max(apart("dfdc"), apart("live"), apart("made")) < 0.5 * min(apart("whole"), apart("lips"))


def test_the_mask_of_generated_twins_is_where_they_differ(stores: Path) -> None:
    for pair in islice(stream(stores, seed=2, generated=1.0), 6):
        inner, corner = pair.masks[1, 8:24, 8:24].mean(), pair.masks[1, :4, :4].mean()
        assert inner > 0.1
        assert corner < 0.5 * inner


def test_most_twins_are_laundered_alike(stores: Path) -> None:
    """Beyond the mask a swap on the fly is its genuine twin; so it stays, unless each was laundered by itself."""
    alike = []
    for pair in islice(stream(stores, seed=5, live=1.0), 60):
        corner = np.abs(pair.images[0, -24:, -40:].astype(int) - pair.images[1, -24:, -40:]).mean()
        alike.append(corner < 1.5)
    assert 0.65 < np.mean(alike) < 0.95


def test_the_same_seed_gives_the_same_stream(stores: Path) -> None:
    one, again, other = (list(islice(stream(stores, seed=seed), 8)) for seed in (1, 1, 2))
    assert all(same(a, b) for a, b in zip(one, again, strict=True))
    assert not any(same(a, b) for a, b in zip(one, other, strict=True))
    assert not any(same(a, b) for a, b in pairwise(one))


def test_a_share_of_the_pairs_goes_the_way_of_platforms(
    stores: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a share, the pairs of earlier trainings stay as they were."""
    ways: list[str] = []
    for way in ("draw", "draw_platform"):
        plain = getattr(Laundry, way)
        monkeypatch.setattr(Laundry, way, lambda rng, plain=plain, way=way: ways.append(way) or plain(rng))
    shelf = FaceShelf(list(read_stores(stores, "train")))
    list(islice(PairStream(shelf, seed=1, platform_share=0.5), 60))
    # What a platform does is drawn on top of what happens to any picture.
    assert 0.3 < ways.count("draw_platform") / ways.count("draw") < 0.7
    ways.clear()
    list(islice(PairStream(shelf, seed=1), 20))
    assert set(ways) == {"draw"}


def test_a_pair_is_known_by_its_number_whatever_was_drawn_before(stores: Path) -> None:
    first = list(islice(stream(stores), 5))
    jumping = stream(stores)
    assert same(jumping.pair(4), first[4])
    assert same(jumping.pair(1), first[1])
    assert same(jumping.draw(), first[0])


def test_sources_are_drawn_by_their_weight(stores: Path) -> None:
    drawn = [pair.source for pair in islice(stream(stores, lips=0.75, live=0.25), 80)]
    assert set(drawn) == {"lips", "live"}
    assert 0.6 < np.mean([source == "lips" for source in drawn]) < 0.9


@pytest.mark.parametrize(
    ("methods", "sources"),
    [
        (("dfdc_crops",), {"dfdc", "made"}),
        (("webcam_streams", "live_autoencoder"), {"live", "made"}),
        (("ffhq",), {"made"}),
        (("ffhq", "stylegan2"), {"made", "whole"}),
        (("lip_actors", "wav2lip"), {"made", "lips"}),
        ((), set(SOURCES)),
    ],
)
def test_what_the_data_lack_is_left_out(tmp_path: Path, methods: tuple[str, ...], sources: set[str]) -> None:
    pairs = stream(some(tmp_path, *methods))
    assert set(pairs.sources) == sources
    assert {pair.source for pair in islice(pairs, 6)} <= sources


def test_a_source_of_weight_nothing_is_not_drawn(stores: Path) -> None:
    assert stream(stores, lips=1.0, live=0.0).sources == ("lips",)


def test_nobodys_own_face_is_taken_for_a_swap(tmp_path: Path) -> None:
    """With one person in store there is nobody to swap with: what is made on the fly is made of that face."""
    from facewarden.lab.training.store import write_store
    from tests.lab.training.faces import genuine

    write_store(tmp_path / "train-a.npz", [genuine("collins", "ffhq"), genuine("collins", "interviews")])
    for pair in islice(stream(tmp_path), 12):
        assert pair.source == "made"
        assert (pair.images[0] != pair.images[1]).any()


@pytest.mark.parametrize("methods", [("nothing",), ("stylegan2",)])
def test_nothing_to_draw_from_is_said(tmp_path: Path, methods: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match=r"nothing to train on: \d faces are stored.*facewarden lab prepare"):
        stream(some(tmp_path, *methods))


def test_no_store_at_all_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to train on: 0 faces"):
        stream(tmp_path / "nowhere")


def test_wrong_sources_are_said(stores: Path) -> None:
    with pytest.raises(
        UsageError, match="sources must be of dfdc, live, made, generated, whole, lips, but got voices"
    ):
        stream(stores, voices=1.0)
    with pytest.raises(UsageError, match="must not be negative"):
        stream(stores, lips=-1.0, made=1.0)
    with pytest.raises(UsageError, match="nothing to train on"):
        stream(stores, lips=0.0)

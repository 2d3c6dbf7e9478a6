"""Twins in bulk: genuine and forged in pairs, the same outside of the face, both through one encoder."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from facewarden.errors import UsageError
from facewarden.faces.finder import FaceFinder
from facewarden.lab.generators import crowd
from facewarden.lab.generators.fit import CHECKPOINT
from facewarden.lab.generators.material import Squares
from facewarden.lab.generators.resampler import ResamplerShape
from facewarden.lab.generators.shared_decoders import AutoencoderShape
from facewarden.lab.generators.swapper import SwapperShape
from facewarden.lab.generators.tasks import AutoencoderTask, ResamplerTask
from facewarden.lab.generators.twin_pictures import MOST_PX
from facewarden.lab.generators.twin_plan import STORE, Build, SwapperBuild, TwinPlan
from facewarden.lab.generators.twins import METHOD, make_twins
from facewarden.lab.safeguards import ledger, nudity
from facewarden.lab.training.pairs import PairStream
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import FaceStore, read_stores, write_store
from people import collins, hopper
from tests.lab.training.faces import encoded, genuine, record, some

pytestmark = pytest.mark.lab

PLAN = TwinPlan(
    builds=(Build(ResamplerShape(32, 4, 8, 8), 0.02),),
    cores=(AutoencoderShape(32, 8, 16),),
    resampler_steps=2,
    autoencoder_steps=2,
    faces=4,
    people=2,
    twins=3,
)


@pytest.fixture(autouse=True)
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two people are a crowd here, and the log lies apart."""
    monkeypatch.setattr(crowd, "FEWEST_PEOPLE", 2)
    monkeypatch.setattr(crowd, "FEWEST_DRAWN", 2)
    path = tmp_path / "log.jsonl"
    monkeypatch.setenv(ledger.VARIABLE, str(path))
    return path


def test_a_store_of_twins(tmp_path: Path) -> None:
    folder = some(tmp_path / "stores", "ffhq", "dfdc_crops", "webcam_streams")
    told: list[str] = []
    assert make_twins(folder, tmp_path / "work", PLAN, hook=lambda step, _: told.append(step)) == 6
    assert {"train", "forge 100", "forge 200"} <= set(told)
    store = FaceStore(folder / STORE)
    assert [record.label for record in store.records] == [0, 1] * 6
    assert {record.method for record in store.records} == {METHOD}
    for k in range(0, 12, 2):
        assert store.records[k].pair == store.records[k + 1].pair
        genuine, forged = store.picture(k).astype(int), store.picture(k + 1).astype(int)
        assert genuine.shape == forged.shape
        assert np.abs(genuine - forged).mean() > 1
        assert (store.landmarks(k) == store.landmarks(k + 1)).all()
    pair = PairStream(
        FaceShelf(list(read_stores(folder, "train"))), seed=1, sources={"generated": 1.0}
    ).draw()
    assert pair.source == "generated"


def test_generators_are_thrown_away_and_twins_never_made_of_twins(tmp_path: Path) -> None:
    folder, work = some(tmp_path, "ffhq"), tmp_path / "work"
    assert make_twins(folder, work, PLAN) == 6
    assert not list(work.rglob(CHECKPOINT))
    first = (folder / STORE).read_bytes()
    make_twins(folder, work, PLAN)
    assert (folder / STORE).read_bytes() == first


def test_a_resampler_that_renders_one_colour_forges_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Collapsing(ResamplerTask):
        """What a last layer that was driven too far does: nothing of the face comes through."""

        def commit(self) -> None:
            super().commit()
            if self.network.shape.size_px == 32:
                last = self.network.decoder[-1]
                last.weight.data.zero_()
                last.bias.data = torch.tensor([9.0, -9.0, -9.0])

    monkeypatch.setattr("facewarden.lab.generators.twins.ResamplerTask", Collapsing)
    folder = some(tmp_path / "stores", "ffhq", "dfdc_crops")
    builds = (*PLAN.builds, Build(ResamplerShape(48, 4, 8, 8), 0.02))
    with caplog.at_level(logging.WARNING):
        assert make_twins(folder, tmp_path / "work", replace(PLAN, builds=builds, cores=())) == 3
    assert "one colour: 1 of the resamplers" in caplog.text
    counts = json.loads(log.read_text("utf-8").splitlines()[-1])["counts"]
    assert counts["resampler"] == 3
    assert counts["resamplers_collapsed"] == 1

    before = (folder / STORE).read_bytes()
    with pytest.raises(UsageError, match="Every resampler of the plan renders one colour"):
        make_twins(folder, tmp_path / "work", replace(PLAN, cores=(), seed=PLAN.seed + 1))
    assert (folder / STORE).read_bytes() == before


def test_every_clip_is_a_person_whatever_the_data_set_calls_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = [genuine("collins", "ffhq"), genuine("hopper", "ffhq")]
    faces += [
        genuine(name, "webcam_streams", media="clip", identity="an actor", time_s=moment)
        for name in ("collins", "hopper")
        for moment in (3.0, 7.0)
    ]
    write_store(tmp_path / "train-faces.npz", faces)
    learnt: list[int] = []

    class Watched(AutoencoderTask):
        def __init__(self, shape: AutoencoderShape, people: Sequence[Squares], **how: Any) -> None:
            learnt.extend(map(len, people))
            super().__init__(shape, people, **how)

    monkeypatch.setattr("facewarden.lab.generators.twins.AutoencoderTask", Watched)
    assert make_twins(tmp_path, tmp_path / "work", replace(PLAN, builds=(), people=4, twins=6)) == 6
    assert learnt == [2, 2, 1, 1]
    # With the two clips alone, nobody in them can be drawn as somebody else.
    assert 0 < make_twins(tmp_path, tmp_path / "work", replace(PLAN, builds=(), people=2, twins=6)) < 6


def test_without_genuine_faces_there_is_nothing_to_make(tmp_path: Path, log: Path) -> None:
    with pytest.raises(UsageError, match="got 0 for the genuine faces"):
        make_twins(some(tmp_path, "stylegan2"), tmp_path / "work", PLAN)
    assert not log.exists()


def test_a_few_people_are_refused_whatever_the_plan(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv(ledger.VARIABLE, str(log))
    faces = [genuine("collins", "ffhq", identity=f"person {n}") for n in range(19)]
    faces.append(genuine("hopper", "ffhq", identity=""))
    write_store(tmp_path / "train-faces.npz", faces)
    plan = replace(PLAN, cores=(), twins=1, resampler_steps=1)
    with pytest.raises(UsageError, match=r"20 people or more, but got 19"):
        make_twins(tmp_path, tmp_path / "work", plan)
    write_store(tmp_path / "train-more.npz", [genuine("hopper", "ffhq", identity="person 19")])
    with pytest.raises(UsageError, match="people must be 7 or more"):
        make_twins(tmp_path, tmp_path / "work", replace(plan, cores=PLAN.cores, people=2))
    assert not log.exists()
    assert not (tmp_path / STORE).exists()
    assert make_twins(tmp_path, tmp_path / "work", plan) == 1


def test_every_run_is_in_the_log(tmp_path: Path, log: Path) -> None:
    folder = some(tmp_path / "stores", "ffhq")
    make_twins(folder, tmp_path / "work", PLAN)
    begun, made = map(json.loads, log.read_text("utf-8").splitlines())
    assert (begun["event"], made["event"]) == ("begun", "made")
    assert made["attack"] == "twins"
    assert made["parameters"]["seed"] == PLAN.seed
    assert made["counts"] == {
        "resampler": 3, "autoencoder": 3, "resamplers_collapsed": 0, "pictures_refused": 0,
    }  # fmt: skip
    assert made["output"] == STORE
    make_twins(folder, tmp_path / "work", PLAN)
    again = json.loads(log.read_text("utf-8").splitlines()[-1])
    assert again["target_sha256"] == made["target_sha256"]
    assert again["output_sha256"] == made["output_sha256"]


def test_without_a_log_no_twin_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = some(tmp_path / "stores", "ffhq")
    monkeypatch.setenv(ledger.VARIABLE, str(tmp_path))
    with pytest.raises(UsageError, match="so none is made"):
        make_twins(folder, tmp_path / "work", PLAN)
    assert not (folder / STORE).exists()


def test_pictures_with_nudity_are_passed_over_and_counted(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder = some(tmp_path / "stores", "ffhq")
    refused = FaceStore(folder / "train-faces.npz").picture(0)
    monkeypatch.setattr(nudity, "nudity", lambda image: 0.9 if np.array_equal(image, refused) else 0.0)
    with caplog.at_level(logging.WARNING):
        pairs = make_twins(folder, tmp_path / "work", replace(PLAN, twins=8))
    records = FaceStore(folder / STORE).records
    assert {record.identity for record in records} == {"hopper"}
    assert 0 < pairs < 16
    assert "nudity check flags them: 1 of" in caplog.text
    counts = json.loads(log.read_text("utf-8").splitlines()[-1])["counts"]
    assert counts["pictures_refused"] == 1
    assert counts["resampler"] + counts["autoencoder"] == pairs


def test_no_whole_photo_is_stored(tmp_path: Path) -> None:
    (tmp_path / "stores").mkdir()
    photos = [collins(), hopper()]
    faces = [max(FaceFinder().find(photo), key=lambda face: face.presence) for photo in photos]
    write_store(
        tmp_path / "stores" / "train-faces.npz",
        [
            (record(name, identity=name), encoded(photo), face.landmarks)
            for name, photo, face in zip(("collins", "hopper"), photos, faces, strict=True)
        ],
    )
    make_twins(tmp_path / "stores", tmp_path / "work", replace(PLAN, whole_pictures=0.5, animated=0.5))
    store = FaceStore(tmp_path / "stores" / STORE)
    for k in range(0, len(store), 2):
        genuine_rgb, forged_rgb = store.picture(k), store.picture(k + 1)
        assert max(genuine_rgb.shape) <= MOST_PX
        assert genuine_rgb.shape == forged_rgb.shape
        assert genuine_rgb.shape[0] < {"collins": 512, "hopper": 600}[store.records[k].identity] - 50
        (seen,) = FaceFinder().find(genuine_rgb)
        assert np.abs(seen.landmarks - store.landmarks(k))[:, :2].mean() < 4


def test_whole_pictures_are_forged_from_edge_to_edge(tmp_path: Path) -> None:
    folder = some(tmp_path / "stores", "ffhq", "dfdc_crops")
    make_twins(folder, tmp_path / "work", replace(PLAN, cores=(), whole_pictures=1.0))
    store = FaceStore(folder / STORE)
    for k in range(0, len(store.records), 2):
        genuine, forged = store.picture(k).astype(int), store.picture(k + 1).astype(int)
        edges = np.ones(genuine.shape[:2], bool)
        edges[4:-4, 4:-4] = False
        assert np.abs(genuine - forged)[edges].mean() > 1


def test_an_animated_picture_is_stored_with_where_its_landmarks_went(tmp_path: Path) -> None:
    folder = some(tmp_path / "stores", "ffhq", "dfdc_crops")
    make_twins(folder, tmp_path / "work", replace(PLAN, cores=(), whole_pictures=1.0, animated=1.0))
    store = FaceStore(folder / STORE)
    for k in range(0, len(store.records), 2):
        moved = np.abs(store.landmarks(k + 1) - store.landmarks(k))[:, :2].max()
        assert 1 < moved < 0.5 * store.records[k].height_px
        assert store.picture(k).shape == store.picture(k + 1).shape


def test_swappers_forge_beside_the_others_and_change_nothing_for_them(tmp_path: Path) -> None:
    folder, work = some(tmp_path / "stores", "ffhq", "dfdc_crops"), tmp_path / "work"
    make_twins(folder, work, replace(PLAN, cores=()))
    before = FaceStore(folder / STORE)
    swapper = SwapperBuild(SwapperShape(32, 4, 4, 1))
    plan = replace(PLAN, cores=(), swappers=(swapper,), swapper_steps=2, twins=4)
    assert make_twins(folder, work, plan) == 8
    assert not list(work.rglob(CHECKPOINT))
    assert list(work.glob("swapper-0/LAB-preview-*.jpg"))
    store = FaceStore(folder / STORE)
    for k in range(len(before)):
        assert store.records[k] == before.records[k]
        assert (store.picture(k) == before.picture(k)).all()
    for k in range(8, 16, 2):
        assert store.records[k].pair == store.records[k + 1].pair
        genuine, forged = store.picture(k).astype(int), store.picture(k + 1).astype(int)
        assert np.abs(genuine - forged).mean() > 1


def test_a_swapper_needs_a_crowd_to_learn_from(tmp_path: Path) -> None:
    folder = some(tmp_path / "stores", "ffhq", "dfdc_crops")
    plan = replace(PLAN, builds=(), cores=(), swappers=(SwapperBuild(SwapperShape(32, 4, 4, 1)),), faces=1)
    with pytest.raises(UsageError, match="got 1 for the 1 faces for a swapper"):
        make_twins(folder, tmp_path / "work", plan)

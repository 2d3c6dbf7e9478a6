"""The calibration finds again what the scores were made of, and refuses what cannot be calibrated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from facewarden.checker import Checker
from facewarden.cues.frame_forgery import MODEL, NAME, FrameForgery
from facewarden.cues.temporal_texture import NAME as TEXTURE
from facewarden.errors import ModelError, UsageError
from facewarden.lab import dataset, raw_scores
from facewarden.lab.calibrate import fit
from facewarden.lab.dataset import Item
from facewarden.lab.raw_scores import Scored, score_files, usable
from facewarden.models import model_digest
from facewarden.models.bundle import Bundle
from facewarden.verdict.calibration import Calibration, CueMap

try:
    model_digest(MODEL)
except ModelError:
    pytest.skip("needs the trained network", allow_module_level=True)


def item(*, fake: bool, method: str = "", path: str = "x.jpg") -> Item:
    label = "fake" if fake else "real"
    return Item(Path(path), "dev", label, "photo", method or f"{label}s", "somebody", "", "CC0")  # type: ignore[arg-type]


def scored(genuine: np.ndarray, forged: np.ndarray) -> list[Scored]:
    return [Scored(item(fake=False), ({NAME: float(score)},)) for score in genuine] + [
        Scored(item(fake=True), ({NAME: float(score)},)) for score in forged
    ]


def two_classes(*, apart: float = 3.0, count: int = 400, seed: int = 0) -> list[Scored]:
    """Scores of two normal classes of spread 1 around -apart/2 and apart/2: their ratio is apart * score."""
    rng = np.random.default_rng(seed)
    return scored(rng.normal(-apart / 2, 1, count), rng.normal(apart / 2, 1, count))


def test_the_ratio_that_the_scores_were_made_of_is_found() -> None:
    fitted = fit(two_classes(apart=2.0, count=4000), version="v")
    cue = fitted.cues[NAME]
    assert cue.slope == pytest.approx(2.0, rel=0.1)
    assert cue.intercept == pytest.approx(0.0, abs=0.15)
    assert cue.bound == pytest.approx(np.log(4000))
    assert fitted.version == "v"
    assert fitted.prior == 0.5
    assert fitted.models == {MODEL: model_digest(MODEL)[:12]}
    assert Calibration.model_validate_json(fitted.model_dump_json()) == fitted


@settings(max_examples=40, deadline=None)
@given(
    apart=st.floats(0.5, 12),
    genuine=st.integers(50, 400),
    forged=st.integers(50, 400),
    seed=st.integers(0, 1000),
)
def test_levels_are_in_order_and_keep_their_rates(apart: float, genuine: int, forged: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    of_genuine, of_forged = rng.normal(0, 1, genuine), rng.normal(apart, 1, forged)
    # Few files may lie the other way round by chance, which is refused: the slope has the sign of this difference.
    assume(of_forged.mean() > of_genuine.mean())
    files = scored(of_genuine, of_forged)
    fitted = fit(files, version="v")
    limits, cue = fitted.thresholds, fitted.cues[NAME]

    assert limits.no_sign <= limits.weak.llr <= limits.likely.llr <= limits.very_likely.llr
    ratios = {
        fake: np.array([cue.llr(f.score or 0.0) for f in files if f.item.is_fake == fake]) for fake in (0, 1)
    }
    for level in (limits.weak, limits.likely, limits.very_likely):
        assert level.measured <= level.false_positive_rate
        assert level.measured == pytest.approx((ratios[0] >= level.llr).mean(), abs=1e-4)
    stated = [level.false_positive_rate for level in (limits.weak, limits.likely, limits.very_likely)]
    assert stated[:2] == [0.05, 0.01]
    assert stated == sorted(stated, reverse=True), "a higher level must not cost more"
    assert limits.very_likely.measured == 0
    assert limits.missed_below_no_sign <= 0.1 + 1e-9
    assert limits.missed_below_no_sign == pytest.approx((ratios[1] < limits.no_sign).mean(), abs=1e-4)


def test_photos_and_clips_are_counted_apart() -> None:
    files = two_classes(count=60)
    clips = [replace(file, item=replace(file.item, media="clip")) for file in two_classes(count=20)]
    photos = [replace(file, item=replace(file.item, media="photo")) for file in files]
    limits = fit([*photos, *clips], version="v").thresholds
    for level in (limits.weak, limits.likely, limits.very_likely):
        assert {kind: (each.genuine, each.forged) for kind, each in level.tested.items()} == {
            "photo": (60, 60), "clip": (20, 20),
        }  # fmt: skip
        counted = level.tested["photo"].found + level.tested["clip"].found
        assert level.true_positive_rate == pytest.approx(counted / 80, abs=1e-4)
        flagged = level.tested["photo"].flagged + level.tested["clip"].flagged
        assert level.measured == pytest.approx(flagged / 80, abs=1e-4)


def test_abstentions_are_counted_and_not_fitted() -> None:
    files = two_classes(count=60)
    silent = [Scored(item(fake=True), (), reason) for reason in ("blurred", "blurred", "no_face")]
    with_silent = fit(files + silent, version="v")
    assert with_silent.cues == fit(files, version="v").cues
    card = with_silent.card
    assert card["abstained"] == {"blurred": 2, "no_face": 1}
    assert (card["genuine_files"], card["forged_files"]) == (60, 60)
    assert card["files_by_method"] == {"fakes (fake photo)": 60, "reals (real photo)": 60}


def clips_that_support(genuine: np.ndarray, forged: np.ndarray) -> list[Scored]:
    return [
        Scored(item(fake=fake), ({NAME: 0.0, TEXTURE: float(score)},))
        for fake, scores in ((False, genuine), (True, forged))
        for score in scores
    ]


def test_what_only_supports_is_fitted_on_other_files_and_bounded_by_them() -> None:
    rng = np.random.default_rng(3)
    clips = clips_that_support(rng.normal(0.2, 0.2, 400), rng.normal(0.4, 0.2, 400))
    files = two_classes(count=100)
    fitted = fit(files, version="v", support=clips)
    assert fitted.cues[NAME] == fit(files, version="v").cues[NAME]
    cue = fitted.cues[TEXTURE]
    assert cue.supports
    assert not fitted.cues[NAME].supports
    assert cue.slope == pytest.approx(0.2 / 0.2**2, rel=0.3)
    assert cue.bound == pytest.approx(np.log(400))
    assert fitted.card[f"{TEXTURE}_fitted_on"] == {"genuine_clips": 400, "forged_clips": 400, "votes": True}


@pytest.mark.parametrize(("count", "apart"), [(9, 0.3), (40, -0.3)])
def test_too_few_clips_or_the_wrong_direction_give_it_no_vote(count: int, apart: float) -> None:
    rng = np.random.default_rng(3)
    clips = clips_that_support(rng.normal(0, 0.1, count), rng.normal(apart, 0.1, count))
    fitted = fit(two_classes(count=100), version="v", support=clips)
    assert list(fitted.cues) == [NAME]
    said = fitted.card[f"{TEXTURE}_fitted_on"]
    assert said == {"genuine_clips": count, "forged_clips": count, "votes": False}


def test_thresholds_are_of_the_fused_ratio() -> None:
    """Support that pulls the classes apart finds more forgeries at the same price."""
    rng = np.random.default_rng(4)
    clips = clips_that_support(rng.normal(0, 0.3, 50), rng.normal(1, 0.3, 50))
    faces = [(fake, float(rng.normal(fake, 1))) for fake in (False, True) for _ in range(200)]
    found = []
    for support in (0.0, 1.0):
        files = [Scored(item(fake=fake), ({NAME: score, TEXTURE: support * fake},)) for fake, score in faces]
        limits = fit(files, version="v", support=clips).thresholds
        assert limits.likely.measured <= 0.01
        found.append(limits.likely.true_positive_rate)
    assert found[1] > found[0] + 0.2


def test_of_several_faces_the_highest_decides() -> None:
    maps = {NAME: CueMap(slope=1, intercept=0, bound=9), TEXTURE: CueMap(slope=1, intercept=0, bound=9)}
    file = Scored(item(fake=True), ({NAME: 1.0, TEXTURE: 2.5}, {NAME: 2.0, TEXTURE: 0.5}, {NAME: 1.5}))
    assert file.score == 2.0
    assert file.beside(TEXTURE) == 0.5
    assert file.llr(maps) == 3.5
    assert Scored(item(fake=True), (), "no_face").beside(TEXTURE) is None


@pytest.mark.parametrize(("genuine", "forged"), [(49, 50), (50, 49), (0, 0)])
def test_too_few_files_are_refused(genuine: int, forged: int) -> None:
    files = scored(np.zeros(genuine), np.ones(forged))
    with pytest.raises(UsageError, match=f"but got {genuine} genuine and {forged} forged"):
        fit(files, version="v")


def test_scores_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(UsageError, match="Higher scores must speak for forgery"):
        fit(two_classes(apart=-2.0), version="v")


def _data(root: Path, *files: tuple[str, str, bytes]) -> dataset.Dataset:
    """A data set of (name, split, content)."""
    lines = [",".join(dataset.COLUMNS)]
    for name, split, content in files:
        (root / name).write_bytes(content)
        lines.append(f"{name},{split},real,photo,portraits,somebody,,CC0")
    (root / dataset.MANIFEST).write_text("\n".join(lines) + "\n")
    return dataset.load(root)


def test_files_that_also_lie_in_another_split_are_left_out(tmp_path: Path) -> None:
    data = _data(
        tmp_path,
        ("a.jpg", "train", b"one"),
        ("b.jpg", "dev", b"one"),
        ("c.jpg", "dev", b"two"),
        ("d.jpg", "dev", b"two"),
        ("e.jpg", "test", b"three"),
        ("f.jpg", "dev", b"three"),
        ("g.jpg", "dev", b"four"),
    )
    assert [i.path.name for i in usable(data, "dev")] == ["c.jpg", "d.jpg", "g.jpg"]
    assert [i.path.name for i in usable(data, "train")] == []


def test_a_split_or_a_file_that_is_not_there(tmp_path: Path) -> None:
    data = _data(tmp_path, ("a.jpg", "train", b"one"), ("b.jpg", "dev", b"two"))
    with pytest.raises(UsageError, match="has no files in the split holdout; it has dev, train"):
        usable(data, "holdout")
    (tmp_path / "b.jpg").unlink()
    with pytest.raises(UsageError, match=r"b\.jpg is in the manifest but cannot be read: No such file"):
        usable(data, "dev")


def test_a_files_score_is_that_of_its_most_suspicious_face(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from types import SimpleNamespace as Thing

    def check(self: Checker, path: Path) -> Thing:
        faces = {
            "two": [[(NAME, -1.0), ("other", 9.0)], [(NAME, 0.5)]],
            "silent": [[(NAME, None)]],
            "empty": [],
        }[path.name]
        return Thing(
            reason="blurred" if path.name == "silent" else None,
            faces=[
                Thing(cues=[Thing(cue=cue, score=score, facts={"wear": 0.25}) for cue, score in face])
                for face in faces
            ],
        )

    monkeypatch.setattr(Checker, "check", check)
    outcomes = [raw_scores._score(item(fake=False, path=name)) for name in ("two", "silent", "empty")]
    assert [(o.score, o.reason) for o in outcomes] == [(0.5, ""), (None, "blurred"), (None, "no_face")]
    assert [o.wear for o in outcomes] == [0.25, None, None]


@pytest.mark.slow
def test_real_files_are_scored_in_processes_of_their_own(tmp_path: Path) -> None:
    from PIL import Image

    from people import canvas, collins

    Image.fromarray(collins()).save(tmp_path / "face.png")
    Image.fromarray(canvas(120, 160)).save(tmp_path / "wall.png")
    items = [item(fake=False, path=str(tmp_path / name)) for name in ("face.png", "wall.png", "gone.png")]
    told: list[tuple[str, int, int]] = []

    outcomes = score_files(items, processes=1, hook=lambda *news: told.append(news))

    assert [o.item for o in outcomes] == items
    assert outcomes[0].score is not None
    assert np.isfinite(outcomes[0].score)
    assert (outcomes[1].score, outcomes[1].reason) == (None, "no_face")
    assert outcomes[2].score is None
    assert outcomes[2].reason == "not_found"
    assert told == [("calibrate", 1, 3), ("calibrate", 2, 3), ("calibrate", 3, 3)]


@pytest.mark.lab
@pytest.mark.slow
def test_files_are_scored_once_more_after_each_laundering(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
    from PIL import Image

    from people import collins

    Image.fromarray(collins()).save(tmp_path / "face.png")
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    outcomes = score_files(
        [item(fake=False, path=str(tmp_path / "face.png"))], washes=("jpeg20",), processes=1
    )
    assert [o.wash for o in outcomes] == ["", "jpeg20"]
    assert outcomes[0].score != outcomes[1].score
    assert None not in {o.score for o in outcomes}
    assert not list((tmp_path / "scratch").iterdir())


def worn_classes(*, tell: bool, count: int = 300, seed: int = 3) -> list[Scored]:
    """As they are the classes lie 4 apart around 0; after a laundering 1 apart around 1.5, with a spread of 1."""
    rng = np.random.default_rng(seed)
    files = []
    for wash, wear, low, high in (("", 0.1, -2, 2), ("jpeg20", 0.9, 1, 2)):
        for fake, middle in ((False, low), (True, high)):
            for score in rng.normal(middle, 1, count):
                face = {NAME: float(score)} | ({"wear": wear} if tell else {})
                files.append(Scored(item(fake=fake), (face,), wash=wash))
    return files


@pytest.mark.parametrize("tell", [False, True])
def test_rates_hold_for_genuine_files_after_launderings_too(tell: bool) -> None:
    files = worn_classes(tell=tell)
    fitted = fit(files, version="v")
    limits = fitted.thresholds
    for wash in ("", "jpeg20"):
        genuine = [f.llr(fitted.cues) for f in files if f.wash == wash and not f.item.is_fake]
        for level, rate in ((limits.weak, 0.05), (limits.likely, 0.01), (limits.very_likely, 0.0)):
            assert np.mean([ratio >= level.llr for ratio in genuine]) <= rate
    assert limits.likely.tested["photo"].genuine == 300, "what is stated is counted in files as they are"
    told = fitted.card["after_launderings"]
    assert isinstance(told, dict)
    assert set(told) == {"jpeg20, genuine", "jpeg20, forged"}
    assert told["jpeg20, genuine"]["judged"] == 300
    assert told["jpeg20, genuine"]["weak"] <= 15


def test_knowing_wear_finds_more_at_the_same_rates() -> None:
    """Without it one threshold has to serve both, and worn genuine files set it."""
    blind, seeing = (fit(worn_classes(tell=tell), version="v") for tell in (False, True))
    assert blind.cues[NAME].worn is None
    worn = seeing.cues[NAME].worn
    assert worn is not None
    assert worn.slope < 0
    assert seeing.thresholds.likely.true_positive_rate > blind.thresholds.likely.true_positive_rate + 0.2
    assert Calibration.model_validate_json(seeing.model_dump_json()) == seeing


def test_without_launderings_wear_plays_no_part() -> None:
    files = [file for file in worn_classes(tell=True) if not file.wash]
    assert fit(files, version="v").cues[NAME].worn is None


def test_a_bundle_that_is_not_in_use_is_calibrated_for_its_own_network(tmp_path: Path) -> None:
    from tests.models.bundles import made_up

    bundle = Bundle("candidate", made_up(tmp_path / "candidate"))
    bundle.calibration.unlink()
    fitted = fit(two_classes(), version="v", bundle=bundle)
    assert fitted.models == {MODEL: bundle.card().sha256[:12]}
    bundle.calibration.write_text(fitted.model_dump_json())
    assert bundle.faults() == ()
    cue, _ = raw_scores._checker(bundle)._cues
    assert isinstance(cue, FrameForgery)
    assert cue._bundle == bundle


def test_a_bundle_whose_network_is_not_its_cards_is_not_calibrated(tmp_path: Path) -> None:
    from tests.models.bundles import made_up

    bundle = Bundle("candidate", made_up(tmp_path / "candidate"))
    bundle.network.write_bytes(b"altered")
    with pytest.raises(ModelError, match="not the one that its card names"):
        score_files([item(fake=False)], bundle=bundle)

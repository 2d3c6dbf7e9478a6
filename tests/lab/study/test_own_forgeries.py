"""The lab's own forgeries: judged beside their twins by the network of a bundle, and told in a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from facewarden.errors import ModelError, UsageError
from facewarden.lab.bench.metrics import Interval
from facewarden.lab.study import own_forgeries
from facewarden.lab.study.own_forgeries import Found, measure, render
from facewarden.models.bundle import Bundle
from facewarden.models.registry import shipped
from tests.models.bundles import made_up

pytestmark = pytest.mark.lab

ATTACKS = ("self_blend", "one_photo,core_px=64")


def test_the_network_of_the_bundle_judges_forgeries_and_twins(stores: Path) -> None:
    told: list[tuple[int, int]] = []
    found = measure(stores, shipped(), ATTACKS, count=3, rounds=100, hook=lambda *news: told.append(news))
    assert [one.attack for one in found] == list(ATTACKS)
    assert [one.forged for one in found] == [3, 3]
    assert told[-1] == (12, 12)
    for one in found:
        assert one.people <= 3
        for measured in (one.auc, one.paired, one.tpr5, one.likely):
            assert 0 <= measured.low <= measured.value <= measured.high <= 1
    again = measure(stores, shipped(), ATTACKS, count=3, rounds=100)
    assert again == found, "the same faces each time"


@pytest.mark.parametrize(
    ("forged", "wear", "auc", "likely"),
    [
        (9.0, 0.0, 1.0, 1.0),
        (-9.0, 0.0, 0.0, 0.0),
        (-1.0, 0.0, 0.5, 0.0),
        (3.0, 0.0, 1.0, 1.0),
        (3.0, 1.0, 1.0, 0.0),
    ],
)
def test_figures_follow_the_logits_and_the_wear(
    stores: Path, monkeypatch: pytest.MonkeyPatch, forged: float, wear: float, auc: float, likely: float
) -> None:
    """Twins and forgeries come by turns: the network says -1 of every genuine face, and `forged` of the others."""
    faces = 0

    def network(batch: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        nonlocal faces
        first = faces // 2 * 2 if mirrored(batch) else faces
        faces += 0 if mirrored(batch) else len(batch)
        logits = np.where((np.arange(first, first + len(batch)) % 2) == 0, -1.0, forged).astype(np.float32)
        return [logits, np.zeros((len(batch), 32, 32), np.float32), np.full(len(batch), wear, np.float32)]

    seen: list[bytes] = []

    def mirrored(batch: npt.NDArray[np.float32]) -> bool:
        plain = batch.tobytes()
        turned = np.ascontiguousarray(batch[..., ::-1]).tobytes()
        seen.append(plain)
        return turned in seen[:-1]

    monkeypatch.setattr(own_forgeries, "judges", lambda networks: dict.fromkeys(networks, network))
    (found,) = measure(stores, shipped(), ["self_blend"], count=4, rounds=100)
    assert (found.auc.value, found.likely.value) == (auc, likely)


def test_the_table_names_each_attack(stores: Path) -> None:
    text = render(measure(stores, shipped(), ATTACKS, count=2, rounds=100), count=2)
    assert "| `self_blend` " in text
    assert "| `one_photo,core_px=64` " in text
    assert text.startswith("At most 2 genuine faces of `dev`")


def test_several_attacks_have_a_mean_and_one_has_none() -> None:
    known = [Interval(value, value, value) for value in (0.9, 0.8)]
    two = [Found(f"a{n}", 4, 4, value, value, value, value) for n, value in enumerate(known)]
    last = [cell.strip() for cell in render(two, count=4).splitlines()[-1].split("|")[1:-1]]
    assert last == ["mean", "8", "", "0.850", "0.850", "0.850", "0.850"]
    assert "mean" not in render(two[:1], count=4)


def test_what_cannot_be_measured_is_said(stores: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="attack must be one of"):
        measure(stores, shipped(), ["facelift"])
    with pytest.raises(UsageError):
        measure(tmp_path, shipped(), ATTACKS)
    bundle = Bundle("altered", made_up(tmp_path / "bundle"))
    bundle.network.write_bytes(b"another")
    with pytest.raises(ModelError, match="not the one that its card names"):
        measure(stores, bundle, ["self_blend"], count=1)

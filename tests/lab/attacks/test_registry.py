"""Attacks by name, and their parameters as labelled axes."""

from __future__ import annotations

from dataclasses import is_dataclass

import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")

from facewarden.errors import UsageError
from facewarden.lab.attacks.protocol import Attack, axes
from facewarden.lab.attacks.registry import NAMES, attack_class, described, make, parse_settings

pytestmark = pytest.mark.lab


@pytest.mark.parametrize("name", NAMES)
def test_every_attack_is_what_it_says(name: str) -> None:
    kind = attack_class(name)
    attack = make(name)
    assert is_dataclass(kind)
    assert isinstance(attack, Attack)
    assert attack.name == name
    assert attack.summary.endswith(".")
    for field, axis in axes(kind).values():
        assert axis.label
        axis.check(field.name, field.default)
        if not isinstance(field.default, bool):
            assert axis.choices or (axis.low is not None and axis.high is not None)
    assert [row[0] for row in described(name)] == list(axes(kind))


def test_words_become_what_the_parameter_is() -> None:
    attack = make("one_photo", parse_settings(["core_px=96", "poisson=true", "opacity=0.5", "mask=hull"]))
    values = {name: getattr(attack, name) for name in ("core_px", "poisson", "opacity", "mask")}
    assert values == {"core_px": 96, "poisson": True, "opacity": 0.5, "mask": "hull"}


@pytest.mark.parametrize(
    ("name", "parameters", "why"),
    [
        ("nonsense", {}, "attack must be one of autoencoder, "),
        ("one_photo", {"unmarked": "true"}, "one_photo has no parameter unmarked; it has core_px"),
        ("self_blend", {"x": "1"}, "it has none at all"),
        ("one_photo", {"core_px": "many"}, "one_photo: core_px: "),
        ("one_photo", {"core_px": "5000"}, "core_px must be in 32..1024, but got 5000"),
        ("replay", {"how": "sideways"}, "replay: how: "),
    ],
)
def test_what_cannot_be_is_said(name: str, parameters: dict[str, str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        make(name, parameters)


@pytest.mark.parametrize("setting", ["core_px", "=3", ""])
def test_settings_have_a_name_and_a_value(setting: str) -> None:
    with pytest.raises(UsageError, match="Write settings as name=value"):
        parse_settings([setting])


def test_nothing_is_set_twice() -> None:
    with pytest.raises(UsageError, match="a is set twice"):
        parse_settings(["a=1", "a=2"])

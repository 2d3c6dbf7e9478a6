"""``facewarden lab harden``: its options reach the round, its outcome the exit code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the extra [lab]: PyTorch is missing")
pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("scipy", reason="needs the extra [lab]: SciPy is missing")
pytest.importorskip("skimage", reason="needs the extra [lab]: scikit-image is missing")
pytest.importorskip("cryptography", reason="needs the extra [lab]: cryptography is missing")

from facewarden.cli.main import run
from facewarden.lab.harden import signature
from facewarden.lab.harden.record import Record, write_record
from facewarden.lab.harden.run import Round
from facewarden.models import registry
from facewarden.models.bundle import Bundle
from tests.lab.harden.records import of, record, target
from tests.models.bundles import made_up

pytestmark = pytest.mark.lab

PROMOTED, REFUSED = record(of("trained", target(0.1, 0.2))), record(of("trained", target(-0.1, 0.2)))
Lab = Callable[..., tuple[int, str, str]]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lab:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["lab", "harden", *map(str, arguments)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> Callable[[Record], list[tuple[Round, Bundle]]]:
    """A function that lets rounds end at once with the given record; returns those that were asked for."""

    def let(outcome: Record) -> list[tuple[Round, Bundle]]:
        asked: list[tuple[Round, Bundle]] = []

        def go(self: Round, champion: Bundle, *, hook: Any = None) -> Path:
            asked.append((self, champion))
            hook("train", 10, 40)
            path = self.run / "record.json"
            write_record(path, outcome, signature.signing_key(self.key))
            return path

        monkeypatch.setattr(Round, "go", go)
        return asked

    return let


def test_a_promotion_ends_with_nought_and_a_refusal_with_one(
    lab: Lab, ending: Callable[[Record], list[tuple[Round, Bundle]]], tmp_path: Path
) -> None:
    for outcome, code in ((PROMOTED, 0), (REFUSED, 1)):
        asked = ending(outcome)
        got, out, err = lab(
            "--run", tmp_path / "run", "--target", "enhancer", "--target", "live", "--steps", "40"
        )
        assert got == code
        assert f"{outcome.decision} on 2026-01-02T03:04:05+00:00, signed by " in out
        assert out.splitlines()[1:] == [f"  {reason}" for reason in outcome.reasons]
        assert err == "train: 10 of 40\n"
        ((one, champion),) = asked
        assert one.config.kinds == ("attack:enhancer", "live")
        assert one.config.steps == 40
        assert one.config.stores == ".cache/stores"
        assert champion == registry.shipped()


def test_options_outrank_the_file(
    lab: Lab, ending: Callable[[Record], list[tuple[Round, Bundle]]], tmp_path: Path
) -> None:
    asked = ending(PROMOTED)
    plan = tmp_path / "plan.json"
    plan.write_text('{"target": ["enhancer"], "seed": 3, "steps": 7, "stores": "a"}')
    code, *_ = lab(
        "--config", plan, "--run", tmp_path / "run", "--seed", "4", "--stores", "b", "--device", "cuda"
    )
    assert code == 0
    config = asked[0][0].config
    assert (config.seed, config.steps, config.stores, config.device) == (4, 7, "b", "cuda")


def test_an_installed_model_may_be_hardened(
    lab: Lab,
    ending: Callable[[Record], list[tuple[Round, Bundle]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(registry.VARIABLE, str(tmp_path / "models"))
    asked = ending(PROMOTED)
    bundle = registry.add(made_up(tmp_path / "night"))
    assert lab("--run", tmp_path / "run", "--target", "live", "--from", "night")[0] == 0
    assert asked[0][1] == bundle
    code, _, err = lab("--run", tmp_path / "run", "--target", "live", "--from", "noon")
    assert code == 2
    assert "There is no model named noon" in err


def test_a_record_is_verified(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    write_record(path, REFUSED, signature.signing_key())
    code, out, err = lab("--verify", path)
    assert (code, err) == (0, "")
    assert "refused on" in out
    assert "your own key" in out
    path.write_text(path.read_text().replace("refused", "promoted"))
    code, out, err = lab("--verify", path)
    assert (code, out) == (2, "")
    assert "changed after it was signed" in err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "--run"),
        (("--run", "NEW"), "names no target"),
        (("--run", "NEW", "--target", "voice"), "attack must be one of"),
        (
            ("--run", "NEW", "--target", "enhancer", "--stores", "NOWHERE"),
            "holds no faces of the split train",
        ),
        (("--run", "NEW", "--config", "NOWHERE"), "cannot be read"),
        (("--verify", "NOWHERE"), "cannot be read"),
    ],
)
def test_what_cannot_be_is_said(
    lab: Lab, tmp_path: Path, arguments: tuple[str, ...], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = lab(*arguments)
    assert (code, out) == (2, "")
    assert why in err
    assert not (tmp_path / "NEW").exists()

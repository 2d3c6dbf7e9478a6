"""How a network in training does on the faces of another split: AUC and paired accuracy for each method."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from facewarden.faces import align, warp
from facewarden.faces.track import CROP_SIZE
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import FaceRecord
from facewarden.media.frame import ImageRGB

# A forgery's method and the genuine set it is set against.
_AGAINST = {
    "live_autoencoder": "webcam_streams",
    "dfdc_crops": "dfdc_crops",
    "stylegan2": "ffhq",
    "flux_lora": "interviews",
    "loopy_diffusion": "speakers",
    "wav2lip": "lip_actors",
}


class Examination:
    """The faces of a shelf, cut plainly once (no jitter, no laundering), to be scored again and again."""

    def __init__(self, shelf: FaceShelf) -> None:
        self.records = shelf.records
        self._crops = [_plain_crop(shelf, number) for number in range(len(shelf))]

    def logits(self, network: torch.nn.Module, *, device: str = "cpu") -> npt.NDArray[np.float32]:
        """(N,) logits of all faces."""
        network.eval()  # the averaged copy that is examined never trains
        scores = [np.zeros(0, np.float32)]
        with torch.inference_mode():
            for start in range(0, len(self._crops), 64):
                batch = torch.from_numpy(np.stack(self._crops[start : start + 64])).permute(0, 3, 1, 2)
                scores.append(network(batch.to(device).float())[0].float().cpu().numpy())
        return np.concatenate(scores)


def _plain_crop(shelf: FaceShelf, number: int) -> ImageRGB:
    picture, points = shelf.face(number)
    return warp.cut(picture, align.crop_transform(points), CROP_SIZE)


def evaluate(network: torch.nn.Module, faces: Examination, *, device: str = "cpu") -> dict[str, float]:
    """AUC (and paired accuracy where twins exist) for each method, by file: mean logit over a file's faces."""
    return figures_of(faces.records, faces.logits(network, device=device))


def figures_of(records: Sequence[FaceRecord], logits: npt.NDArray[np.floating]) -> dict[str, float]:
    """What `evaluate` says, for the (N,) `logits` of N faces.

    For each method that has forged files and a genuine set to stand against: ``<method>_auc``, ``<method>_paired``
    (share of the forgeries that score above their genuine twin) and ``<method>_tpr5`` (share above the 95th
    percentile of all genuine files). ``genuine_99th`` is a logit.
    """
    by_file: dict[str, list[float]] = defaultdict(list)
    for record, logit in zip(records, logits, strict=True):
        by_file[record.path].append(float(logit))
    files = {record.path: record for record in records}
    score = {path: float(np.mean(values)) for path, values in by_file.items()}
    figures: dict[str, float] = {}
    for fake, real in _AGAINST.items():
        forged = {p: score[p] for p, r in files.items() if r.label and r.method == fake}
        genuine = {p: score[p] for p, r in files.items() if not r.label and r.method == real}
        if not forged or not genuine:
            continue
        figures[f"{fake}_auc"] = round(_auc(list(genuine.values()), list(forged.values())), 4)
        twin = {files[p].pair: s for p, s in genuine.items() if files[p].pair}
        wins = [s > twin[files[p].pair] for p, s in forged.items() if files[p].pair in twin]
        if wins:
            figures[f"{fake}_paired"] = round(float(np.mean(wins)), 4)
    every = np.array([score[p] for p, r in files.items() if not r.label])
    if len(every):
        figures["genuine_99th"] = round(float(np.quantile(every, 0.99)), 3)
        for fake in _AGAINST:
            forged_scores = [score[p] for p, r in files.items() if r.label and r.method == fake]
            if forged_scores:
                found = np.mean(np.array(forged_scores) > np.quantile(every, 0.95))
                figures[f"{fake}_tpr5"] = round(float(found), 3)
    return figures


def _auc(genuine: list[float], forged: list[float]) -> float:
    a, b = np.array(genuine), np.array(forged)
    return float((b[:, None] > a).mean() + (b[:, None] == a).mean() / 2)

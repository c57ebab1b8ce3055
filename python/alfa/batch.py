"""Results as the evaluation tools of the field take them: one array a quantity, with anomalib's names."""
from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ._arrays import several
from ._detect import Detector, Result


@dataclass
class Batch:
    """Predictions for n images, with the fields of anomalib's ImageBatch, as numpy arrays.

    image_path: list of n; pred_score: (n,) float32; pred_label: (n,) bool; anomaly_map: (n, height, width) float32, or None for a method without
    map; pred_mask: (n, height, width) bool; gt_label: (n,) bool; gt_mask: (n, height, width) bool, both None when nobody said.

    scikit-learn takes the flat arrays: ``roc_auc_score(batch.gt_label, batch.pred_score)``,
    ``roc_auc_score(batch.gt_mask.ravel(), batch.anomaly_map.ravel())``. anomalib takes all: ``NumpyImageBatch(image=..., **batch.fields())``.
    """

    image_path: list[str]
    pred_score: np.ndarray
    pred_label: np.ndarray
    anomaly_map: np.ndarray | None
    pred_mask: np.ndarray | None
    gt_label: np.ndarray | None = None
    gt_mask: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.pred_score)

    def fields(self) -> dict:
        """The fields that are not None, by name."""
        return {name: value for name, value in vars(self).items() if value is not None}


def _check_count(count: int, **given) -> None:
    for name, values in given.items():
        if values is not None and len(values) != count:
            raise ValueError(f"{name} has {len(values)} entries for {count} images")


def collect(results: Iterable[Result], paths: Iterable | None = None, *, size: tuple[int, int] | None = None, gt_label=None, gt_mask=None) -> Batch:
    """A Batch of results. size: (height, width) of the maps, or one number for both; None: the model's resolution. gt_mask: (n, height, width) at the same size."""
    scores, labels, maps, masks = [], [], [], []
    size = (size, size) if isinstance(size, int) else size
    for result in results:
        scores.append(result.score)
        labels.append(result.anomalous)
        if result.map is not None:
            maps.append(result.map if size is None else result.map_full(*size))
            masks.append(maps[-1] > result.summary.pixel_threshold)
    _check_count(len(scores), gt_label=gt_label, gt_mask=gt_mask)
    return Batch(
        image_path=[os.fspath(path) for path in paths] if paths is not None else [""] * len(scores),
        pred_score=np.array(scores, np.float32),
        pred_label=np.array(labels, bool),
        anomaly_map=np.stack(maps) if maps else None,
        pred_mask=np.stack(masks) if masks else None,
        gt_label=None if gt_label is None else np.asarray(gt_label, bool),
        gt_mask=None if gt_mask is None else np.asarray(gt_mask, bool),
    )


def predict(detector: Detector, images: Iterable, *, size: tuple[int, int] | None = None, gt_label=None, gt_mask=None) -> Batch:
    """Judges images (paths, arrays or Images) and collects what was found; musc is shown all of them first."""
    images = list(several(images))
    _check_count(len(images), gt_label=gt_label, gt_mask=gt_mask)  # before they are judged
    paths = [image if isinstance(image, (str, os.PathLike)) else "" for image in images]
    if detector._compares:
        for image in images:
            detector.show(image)
    return collect((detector.judge(image) for image in images), paths, size=size, gt_label=gt_label, gt_mask=gt_mask)

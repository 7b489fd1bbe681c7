"""The variance of each trial's mean loss, from the losses of its folds, as `resnet-bo optimize` estimates it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

POOLING = 8.0
"""The weight of the estimate of all trials in that of one, in degrees of freedom."""

NOISE_OF_ONE = 0.5
"""The fraction of a single trial's variance over its folds that counts as noise."""


def fold_variances(losses: Sequence[Sequence[float]]) -> list[float] | None:
    """The variances of the mean losses of trials, `[trial][fold]`, that share their folds.

    A hard fold raises the losses of all trials alike and does not change their order. So noise is the residual of a mean
    for each trial and an effect of each fold: the class `FoldNoise` of the Swift module `Studies`, where the formula is.
    `None` for trials of one fold, or of different numbers of folds.
    """
    folds = len(losses[0]) if losses else 0
    if folds < 2 or any(len(one) != folds for one in losses):
        return None
    table = np.asarray(losses, dtype=float)
    trials = len(table)
    residuals = table - table.mean(axis=1, keepdims=True)
    if trials > 1:
        residuals = residuals - residuals.mean(axis=0)
    freedom = folds - 1
    scale = 1 / (freedom * (1 - 1 / trials)) if trials > 1 else NOISE_OF_ONE / freedom
    own = scale * (residuals**2).sum(axis=1)
    pooled = (POOLING * own.mean() + freedom * own) / (POOLING + freedom) / folds
    return [float(variance) for variance in pooled]

"""The noise of means over shared folds, as the Swift tests of `FoldNoise` have it."""

from __future__ import annotations

import numpy as np
import pytest

from optuna_resnet_bo.noise import fold_variances

EFFECTS = np.array([0.3, -0.1, 0.05, -0.2, -0.05])


def test_effects_that_all_trials_share_do_not_count() -> None:
    exact = 0.3 + 0.1 * np.arange(6)[:, None] + EFFECTS
    variances = fold_variances(exact.tolist())
    assert variances is not None and max(variances) < 1e-30
    noise = 0.01 * np.random.default_rng(1).uniform(-1, 1, (6, 5))
    without, shared = fold_variances(noise.tolist()), fold_variances((noise + 10 * EFFECTS).tolist())
    assert shared == pytest.approx(without, rel=1e-9)


def test_the_estimate_is_unbiased() -> None:
    losses = 1 + 0.1 * np.random.default_rng(2).uniform(-1, 1, (2000, 5))
    variances = fold_variances(losses.tolist())
    assert variances is not None
    # The variance of uniform noise within ±a is a²/3, and that of the mean of five folds is a fifth of it.
    assert np.mean(variances) == pytest.approx(0.01 / 3 / 5, rel=0.05)


@pytest.mark.parametrize(
    "losses, variances",
    [
        ([[0.2, 0.4]], [0.5 * 0.02 / 2]), ([[0.2], [0.3]], None), ([], None), ([[0.1, 0.2], [0.1, 0.2, 0.3]], None),
        # Residuals of ±0.05: each sum of squares is 0.005, over (2 - 1)(1 - 1/2), and half of it for the mean of two folds.
        ([[0.1, 0.3], [0.2, 0.2]], [0.005, 0.005]),
    ],
)
def test_small_tables(losses: list[list[float]], variances: list[float] | None) -> None:
    found = fold_variances(losses)
    assert found == (None if variances is None else pytest.approx(variances))

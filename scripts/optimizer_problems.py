"""The problems that scripts/compare-optimizers compares on: test functions, noisy ones, and a measured table."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import numpy as np


@dataclass(frozen=True)
class Observation:
    """An evaluation: a loss, the losses of the folds if there are any, and whether training has diverged."""

    loss: float
    folds: tuple[float, ...] | None = None
    is_diverged: bool = False


@dataclass(frozen=True)
class Problem:
    """The function to minimise, and the noise-free loss for the regret."""

    name: str
    bounds: tuple[tuple[float, float], ...]
    optimum: float
    value: Callable
    noise: float = 0.0
    table: "Table | None" = None
    initial: tuple[float, ...] | None = None

    @property
    def is_logarithmic(self) -> bool:
        return self.table is not None

    @property
    def is_noisy(self) -> bool:
        return self.noise > 0 or self.table is not None

    def observe(self, x, stream, seed) -> Observation:
        if self.table is not None:
            return self.table.observe(x[0], stream, seed)
        return Observation(self.value(x) + self.noise * stream.standard_normal())

    def regret(self, x) -> float:
        return self.value(x) - self.optimum


def forrester(x):
    """Forrester, Sobester, Keane, "Engineering design via surrogate modelling" (2008)."""
    return float((6 * x[0] - 2) ** 2 * np.sin(12 * x[0] - 4))


def branin(x):
    a, b, c = 1.0, 5.1 / (4 * np.pi**2), 5 / np.pi
    return float(a * (x[1] - b * x[0] ** 2 + c * x[0] - 6) ** 2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x[0]) + 10)


HARTMANN_A = np.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8],
                       [17, 8, 0.05, 10, 0.1, 14]])
HARTMANN_P = 1e-4 * np.array([[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
                              [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381]])
HARTMANN_ALPHA = np.array([1.0, 1.2, 3.0, 3.2])


def hartmann6(x):
    return float(-HARTMANN_ALPHA @ np.exp(-(HARTMANN_A * (np.asarray(x) - HARTMANN_P) ** 2).sum(1)))


def ackley(x):
    x = np.asarray(x)
    return float(-20 * np.exp(-0.2 * np.sqrt((x**2).mean())) - np.exp(np.cos(2 * np.pi * x).mean()) + 20 + np.e)


FUNCTIONS = [
    ("Forrester", ((0.0, 1.0),), -6.020740055767, forrester, 1.0),
    ("Branin", ((-5.0, 10.0), (0.0, 15.0)), 0.397887357730, branin, 5.0),
    ("Hartmann 6", ((0.0, 1.0),) * 6, -3.322368011415, hartmann6, 0.2),
    ("Ackley 5", ((-15.0, 30.0),) * 5, 0.0, ackley, 0.5),
]


def test_functions() -> list[Problem]:
    """Every test function, and every test function with noise."""
    return [
        Problem(name + (f", noise {noise:g}" if noisy else ""), bounds, optimum, value, noise if noisy else 0.0)
        for noisy in (False, True) for name, bounds, optimum, value, noise in FUNCTIONS
    ]


class Table:
    """Measured cross-validated losses over learning rates, as `scripts/make-learning-rate-table` writes them.

    An observation at a rate consists of the fold losses of one seed: their mean, interpolated linearly in the logarithm of the
    rate, plus the effect of each fold, plus residuals drawn from those of the two neighbouring rates. A rate has diverged if
    the nearest measured rate has. The noise-free loss is the mean over seeds and folds, smoothed over neighbouring rates.
    """

    CLASSES = 10
    # The width of the smoothing in the logarithm of the rate: one and a half steps of 64 rates.
    SMOOTHING = 0.16
    # Rates whose smoothed loss is above the minimum by at most this are good.
    GOOD = 0.02

    def __init__(self, path: Path):
        content = json.loads(path.read_text())
        measured = [
            index for index in range(len(content["learning_rates"])) if all(row[index] is not None for row in content["losses"])]
        self.logs = np.log([content["learning_rates"][index] for index in measured])
        limit = np.log(self.CLASSES)
        last = np.array([[[np.nan if fold[-1] is None else fold[-1] for fold in row[index]] for index in measured]
                         for row in content["losses"]], dtype=float)  # [seed][rate][fold]
        self.is_diverged = (~np.isfinite(last) | (last >= 0.95 * limit)).any(2)
        self.folds = np.where(np.isfinite(last), np.minimum(last, limit), limit)
        self.means = self.folds.mean(2)
        learned = ~self.is_diverged
        self.effects = np.array([
            (folds[ok] - folds[ok].mean(1, keepdims=True)).mean(0) for folds, ok in zip(self.folds, learned)])
        self.residuals = self.folds - self.means[..., None] - self.effects[:, None, :]
        # Diverged rates keep their losses and are excluded from the smoothing of others.
        learns = learned.all(0)
        weights = np.exp(-0.5 * ((self.logs[:, None] - self.logs) / self.SMOOTHING) ** 2) * learns
        smooth = np.where(learns, self.means @ weights.T / weights.sum(1), self.means)  # [seed][rate]
        self.smooth = smooth.mean(0)
        # The standard error of the mean over seeds near the minimum, without the common effect of a seed.
        shapes = (smooth - self.smooth)[:, self.smooth < self.smooth.min() + self.GOOD]
        self.error = np.sqrt(shapes.var(1).sum() / (len(shapes) - 1) / len(shapes)) if len(shapes) > 1 else np.nan

    def value(self, x):
        return float(np.interp(np.log(x[0]), self.logs, self.smooth))

    def observe(self, rate, stream, seed) -> Observation:
        table = seed % len(self.means)
        position = np.log(rate)
        above = int(np.clip(np.searchsorted(self.logs, position), 1, len(self.logs) - 1))
        near = above if position - self.logs[above - 1] > self.logs[above] - position else above - 1
        if self.is_diverged[table, near]:
            folds = self.folds[table, near]
            return Observation(float(folds.mean()), tuple(folds.tolist()), True)
        # A diverged neighbour has no information about the rates that learn.
        neighbors = [i for i in (above - 1, above) if not self.is_diverged[table, i]]
        mean = np.interp(position, self.logs[neighbors], self.means[table, neighbors])
        pool = self.residuals[table, neighbors].ravel()
        folds = mean + self.effects[table] + stream.choice(pool, self.folds.shape[2])
        return Observation(float(folds.mean()), tuple(folds.tolist()))


def table_problem(path: Path) -> Problem:
    table = Table(path)
    bounds = tuple(float(np.exp(log)) for log in (table.logs[0], table.logs[-1]))
    return Problem(
        "learning rate", (bounds,), float(table.smooth.min()), table.value, table=table, initial=(0.01,))

"""The problems that scripts/compare-optimizers compares on: test functions, what goes wrong in practice, and measured tables.

A problem is a space of parameters, a loss to minimise, and what happens to an evaluation: noise, outliers, failures. The
draws of an evaluation depend on the seed and the number of the attempt, so every method meets the same luck.
"""

import json
import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Callable

import numpy as np

DATA = Path(__file__).resolve().parent / "data"

Point = list[Any]


@dataclass(frozen=True)
class Parameter:
    """A searched parameter: real or integer between two bounds, on a linear or a logarithmic scale, or one of some choices.

    On its axis a parameter is uniform: an integer has a stretch of length 1 (before the logarithm), and so has a choice.
    """

    name: str
    kind: str  # "real", "integer" or "categorical"
    lower: float = 0.0
    upper: float = 1.0
    is_logarithmic: bool = False
    choices: tuple[str, ...] = ()

    @property
    def axis(self) -> tuple[float, float]:
        if self.kind == "categorical":
            return 0.0, float(len(self.choices))
        margin = 0.5 if self.kind == "integer" else 0.0
        low, high = self.lower - margin, self.upper + margin
        return (float(np.log(low)), float(np.log(high))) if self.is_logarithmic else (low, high)

    def at(self, position: float):
        """The value at a place on the axis."""
        if self.kind == "categorical":
            return self.choices[int(np.clip(math.floor(position), 0, len(self.choices) - 1))]
        value = np.clip(np.exp(position) if self.is_logarithmic else position, self.lower, self.upper)
        return int(round(float(value))) if self.kind == "integer" else float(value)

    def unit(self, value) -> float:
        """Where a value lies on the axis, from 0 to 1; a choice in the middle of its stretch."""
        low, high = self.axis
        if self.kind == "categorical":
            position = self.choices.index(value) + 0.5
        else:
            position = math.log(value) if self.is_logarithmic else value
        return (position - low) / (high - low)


@dataclass(frozen=True)
class Observation:
    """An evaluation: a loss, the losses of the folds if there are any, and whether training has diverged.

    A failed attempt has no loss. A training that diverged may have one, that of guessing.
    """

    loss: float | None
    folds: tuple[float, ...] | None = None
    is_diverged: bool = False


@dataclass(frozen=True)
class Problem:
    """The function to minimise, the noise-free loss for the regret, and what happens to evaluations."""

    name: str
    parameters: tuple[Parameter, ...]
    optimum: float
    value: Callable[[Point], float]
    noise: float = 0.0
    # The share of evaluations whose loss is wrong by orders of magnitude.
    outlier_rate: float = 0.0
    # The share of attempts that fail by chance. They do not count as evaluations.
    failure_rate: float = 0.0
    # Where evaluations fail always. These count: to find out costs as much as a loss.
    crashes: Callable[[Point], bool] | None = None
    # The number of points that are asked for, and told, together.
    batch: int = 1
    table: "LearningRateTable | LossTable | None" = None
    initial: tuple[float, ...] | None = None

    @property
    def is_noisy(self) -> bool:
        return self.noise > 0 or self.table is not None

    @property
    def has_failures(self) -> bool:
        return self.failure_rate > 0 or self.crashes is not None

    @property
    def is_real(self) -> bool:
        return all(parameter.kind == "real" for parameter in self.parameters)

    def observe(self, x: Point, seed: int, attempt: int) -> Observation:
        if self.crashes is not None and self.crashes(x):
            return Observation(None, is_diverged=True)
        if self.failure_rate > 0 and np.random.RandomState([seed, 5, attempt]).uniform() < self.failure_rate:
            return Observation(None, is_diverged=True)
        stream = np.random.RandomState([seed, 3, attempt])
        if self.table is not None:
            return self.table.observe(x, stream, seed)
        loss = self.value(x) + self.noise * stream.standard_normal()
        if self.outlier_rate > 0:
            wrong = np.random.RandomState([seed, 6, attempt])
            if wrong.uniform() < self.outlier_rate:
                loss = 10 ** wrong.uniform(3, 14)
        return Observation(loss)

    def regret(self, x: Point | None) -> float:
        """The regret of an answer; infinite for none, and for one that fails."""
        if x is None or self.crashes is not None and self.crashes(x):
            return math.inf
        return self.value(x) - self.optimum

    def at(self, positions) -> Point:
        """The point with these places on the axes."""
        return [parameter.at(position) for parameter, position in zip(self.parameters, positions)]

    def axes(self) -> np.ndarray:
        """The lower and the upper ends of the axes."""
        return np.array([parameter.axis for parameter in self.parameters]).T


def reals(*bounds: tuple[float, float], is_logarithmic: bool = False) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(f"x{index}", "real", low, high, is_logarithmic) for index, (low, high) in enumerate(bounds))


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
HARTMANN_BEST = np.array([0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573])


def hartmann6(x):
    return float(-HARTMANN_ALPHA @ np.exp(-(HARTMANN_A * (np.asarray(x) - HARTMANN_P) ** 2).sum(1)))


def ackley(x):
    x = np.asarray(x)
    return float(-20 * np.exp(-0.2 * np.sqrt((x**2).mean())) - np.exp(np.cos(2 * np.pi * x).mean()) + 20 + np.e)


def rastrigin(x):
    x = np.asarray(x)
    return float((x**2 - 10 * np.cos(2 * np.pi * x) + 10).sum())


def levy(x):
    w = 1 + (np.asarray(x) - 1) / 4
    inner = ((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(np.pi * w[:-1] + 1) ** 2)).sum()
    return float(np.sin(np.pi * w[0]) ** 2 + inner + (w[-1] - 1) ** 2 * (1 + np.sin(2 * np.pi * w[-1]) ** 2))


BRANIN = reals((-5.0, 10.0), (0.0, 15.0))
BRANIN_OPTIMUM = 0.397887357730
HARTMANN = reals(*[(0.0, 1.0)] * 6)
HARTMANN_OPTIMUM = -3.322368011415

FUNCTIONS = [
    ("Forrester", reals((0.0, 1.0)), -6.020740055767, forrester, 1.0),
    ("Branin", BRANIN, BRANIN_OPTIMUM, branin, 5.0),
    ("Hartmann 6", HARTMANN, HARTMANN_OPTIMUM, hartmann6, 0.2),
    ("Ackley 5", reals(*[(-15.0, 30.0)] * 5), 0.0, ackley, 0.5),
]


def test_functions() -> list[Problem]:
    """Every test function, and every test function with noise."""
    return [
        Problem(name + (f", noise {noise:g}" if noisy else ""), parameters, optimum, value, noise if noisy else 0.0)
        for noisy in (False, True) for name, parameters, optimum, value, noise in FUNCTIONS
    ]


# What goes wrong in practice. Each optimum was found with SciPy: minimisations from a fine grid or from thousands of random
# points, those in a crash region left out.

def branin_unit(x) -> np.ndarray:
    return np.array([(x[0] + 5) / 15, x[1] / 15])


BRANIN_WELL_OPTIMUM = -11.615602146403
BRANIN_PLATEAU_OPTIMUM = 0.449314375056737
HARTMANN_HALF_OPTIMUM = -3.238351626379
HARTMANN_BALL_OPTIMUM = -3.203161918396
MIXED_BRANIN_OPTIMUM = 0.397888055082
MIXED_HARTMANN_OPTIMUM = -3.316008676767


def in_branin_half_space(x) -> bool:
    """40% of the space, with one of the three minima."""
    return x[0] > 4


# A ball that has 40% of the square and none of the three minima. A well is in its middle: its slope leads into the ball, and
# the optimum that is left lies on the border.
WELL_CENTRE, WELL_RADIUS, WELL_DEPTH = np.array([0.5, 0.6]), math.sqrt(0.4 / math.pi), 100.0


def in_well(x) -> bool:
    return bool(((branin_unit(x) - WELL_CENTRE) ** 2).sum() < WELL_RADIUS**2)


def branin_with_well(x) -> float:
    square = ((branin_unit(x) - WELL_CENTRE) ** 2).sum() / WELL_RADIUS**2
    return branin(x) - WELL_DEPTH * float(np.exp(-2 * square))


def in_hartmann_half_space(x) -> bool:
    """40% of the space, with the optimum: what is left of its valley ends at the border."""
    return x[5] > 0.6


def in_hartmann_ball(x) -> bool:
    """40% of the space, around the optimum. Another minimum is left, and the slopes to the first one end at the border."""
    return bool(((np.asarray(x) - HARTMANN_BEST) ** 2).sum() < HARTMANN_BALL)


HARTMANN_BALL = 0.6964  # the square of the radius: the 40% quantile of uniform points

PENALTY = 1000.0


def branin_with_penalty(x) -> float:
    """45% of the space have the penalty, and one of the three minima."""
    return PENALTY if x[1] > 8.25 else branin(x)


def hartmann_with_penalty(x) -> float:
    """40% of the space have the penalty, and the second minimum."""
    return PENALTY if x[2] > 0.6 else hartmann6(x)


def branin_plateaus(x, cells: int = 25) -> float:
    """As if both parameters were rounded to 25 values: flat cells with jumps between them."""
    u = (np.minimum(np.floor(branin_unit(x) * cells), cells - 1) + 0.5) / cells
    return branin([15 * u[0] - 5, 15 * u[1]])


def hartmann_steps(x, step: float = 0.2) -> float:
    """Losses in steps, as an error rate on a few samples."""
    return step * math.floor(hartmann6(x) / step)


MIXED_BRANIN = (
    Parameter("rate", "real", 1e-4, 1.0, True), Parameter("width", "integer", 4, 256, True),
    Parameter("kind", "categorical", choices=("plain", "swapped", "bowl")))


def mixed_branin(x) -> float:
    """Branin's function, the same with exchanged axes and a lower minimum, and a bowl, by kind."""
    u, v = (parameter.unit(value) for parameter, value in zip(MIXED_BRANIN, x[:2]))
    if x[2] == "plain":
        return branin([15 * u - 5, 15 * v]) + 4
    if x[2] == "swapped":
        return branin([15 * v - 5, 15 * u])
    return 8 + 60 * ((u - 0.3) ** 2 + (v - 0.6) ** 2)


MIXED_HARTMANN = (
    Parameter("rate", "real", 1e-5, 0.1, True), Parameter("decay", "real", 1e-6, 1e-2, True),
    Parameter("momentum", "real", 0.0, 1.0), Parameter("depth", "integer", 0, 12),
    Parameter("width", "integer", 1, 1000, True), Parameter("kind", "categorical", choices=("a", "b", "c", "d")))
MIXED_KINDS = {"a": 0.3, "b": 0.9, "c": 0.65, "d": 0.05}


def mixed_hartmann(x) -> float:
    units = [parameter.unit(value) for parameter, value in zip(MIXED_HARTMANN[:5], x)]
    return hartmann6([*units, MIXED_KINDS[x[5]]])


def hard_problems() -> list[Problem]:
    """Failures, penalties, outliers, rough functions, more dimensions, mixed spaces, batches."""
    branin_problem = partial(Problem, parameters=BRANIN, optimum=BRANIN_OPTIMUM, value=branin)
    hartmann_problem = partial(Problem, parameters=HARTMANN, optimum=HARTMANN_OPTIMUM, value=hartmann6)
    return [
        branin_problem("Branin, failures 25%", failure_rate=0.25),
        hartmann_problem("Hartmann 6, failures 25%", failure_rate=0.25),
        branin_problem("Branin, crash half space", crashes=in_branin_half_space),
        Problem("Branin, crash ball", BRANIN, BRANIN_WELL_OPTIMUM, branin_with_well, crashes=in_well),
        Problem("Hartmann 6, crash half space", HARTMANN, HARTMANN_HALF_OPTIMUM, hartmann6, crashes=in_hartmann_half_space),
        Problem("Hartmann 6, crash ball", HARTMANN, HARTMANN_BALL_OPTIMUM, hartmann6, crashes=in_hartmann_ball),
        Problem("Branin, penalty", BRANIN, BRANIN_OPTIMUM, branin_with_penalty),
        Problem("Hartmann 6, penalty", HARTMANN, HARTMANN_OPTIMUM, hartmann_with_penalty),
        branin_problem("Branin, outliers 10%", outlier_rate=0.1),
        hartmann_problem("Hartmann 6, outliers 5%", outlier_rate=0.05),
        Problem("Rastrigin 2", reals((-5.12, 5.12), (-5.12, 5.12)), 0.0, rastrigin),
        Problem("Branin, plateaus", BRANIN, BRANIN_PLATEAU_OPTIMUM, branin_plateaus),
        Problem("Hartmann 6, steps", HARTMANN, 0.2 * -17, hartmann_steps),
        Problem("mixed Branin", MIXED_BRANIN, MIXED_BRANIN_OPTIMUM, mixed_branin),
        Problem("mixed Hartmann", MIXED_HARTMANN, MIXED_HARTMANN_OPTIMUM, mixed_hartmann),
        Problem("Ackley 10", reals(*[(-15.0, 30.0)] * 10), 0.0, ackley),
        Problem("Levy 20", reals(*[(-10.0, 10.0)] * 20), 0.0, levy),
        branin_problem("Branin, batches of 4", batch=4),
        branin_problem("Branin, batches of 8", batch=8),
        hartmann_problem("Hartmann 6, batches of 4", batch=4),
        hartmann_problem("Hartmann 6, batches of 8", batch=8),
    ]


class LearningRateTable:
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

    def observe(self, x, stream, seed) -> Observation:
        table = seed % len(self.means)
        position = np.log(x[0])
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


class LossTable:
    """Measured cross-validated losses over a grid of hyperparameters, as `scripts/make-loss-tables` writes them.

    The noise-free loss is the mean over the folds, smoothed over neighbouring grid points, and interpolated linearly in the
    coordinates of the grid. An observation adds the effect of each fold, and residuals drawn from those of the corners of
    the grid cell. It fails if the nearest grid point has diverged.
    """

    # The width of the smoothing, in steps of the grid. It takes off what three folds leave of the noise of a mean.
    SMOOTHING = 0.6

    def __init__(self, path: Path):
        content = json.loads(path.read_text())
        self.parameters = tuple(
            Parameter(axis["name"], "real", axis["values"][0], axis["values"][-1], axis["scale"] == "log")
            for axis in content["axes"])
        self.grid = [
            np.array([parameter.unit(value) for value in axis["values"]])
            for parameter, axis in zip(self.parameters, content["axes"])]
        shape = tuple(map(len, self.grid))
        folds = np.array(
            [[np.nan if loss is None else loss for loss in entry] for entry in content["losses"]], dtype=float)
        self.folds = folds.reshape(*shape, -1)
        self.is_diverged = (~np.isfinite(self.folds) | (self.folds >= 0.95 * np.log(content["classes"]))).any(-1)
        learns = ~self.is_diverged
        means = np.where(learns, np.where(np.isfinite(self.folds), self.folds, 0).mean(-1), 0)
        self.effects = (self.folds[learns] - self.folds[learns].mean(1, keepdims=True)).mean(0)
        self.residuals = self.folds - means[..., None] - self.effects
        total, weights = means, learns.astype(float)
        for axis, size in enumerate(shape):
            distances = np.arange(size)[:, None] - np.arange(size)
            kernel = np.exp(-0.5 * (distances / self.SMOOTHING) ** 2)
            total, weights = (np.moveaxis(np.tensordot(kernel, part, (1, axis)), 0, axis) for part in (total, weights))
        # A diverged grid point takes part in no mean; it only needs a value between itself and those that learn.
        self.smooth = total / weights

    def cell(self, x) -> tuple[list[int], list[float]]:
        """The lower corner of the cell of a point, and how far it is to the upper one along each axis, from 0 to 1."""
        lower, parts = [], []
        for parameter, places, value in zip(self.parameters, self.grid, x):
            position = parameter.unit(value)
            index = int(np.clip(np.searchsorted(places, position) - 1, 0, len(places) - 2))
            lower.append(index)
            parts.append(float(np.clip((position - places[index]) / (places[index + 1] - places[index]), 0, 1)))
        return lower, parts

    def corners(self, x):
        """The grid points around a point, with their weights."""
        lower, parts = self.cell(x)
        for upper in np.ndindex(*[2] * len(lower)):
            weight = math.prod(part if side else 1 - part for side, part in zip(upper, parts))
            yield tuple(index + side for index, side in zip(lower, upper)), weight

    def crashes(self, x) -> bool:
        lower, parts = self.cell(x)
        return bool(self.is_diverged[tuple(index + (part > 0.5) for index, part in zip(lower, parts))])

    def value(self, x) -> float:
        """The noise-free loss. A diverged corner has no information about a point that learns."""
        known = [(index, weight) for index, weight in self.corners(x) if not self.is_diverged[index]]
        if not known:
            return math.inf
        # The nearest corner learns, so the weights that are left do not vanish.
        return float(sum(weight * self.smooth[index] for index, weight in known) / sum(weight for _, weight in known))

    def optimum(self) -> float:
        """A multilinear function has its minimum at a corner."""
        return float(self.smooth[~self.is_diverged].min())

    def observe(self, x, stream, seed) -> Observation:
        pool = np.concatenate([self.residuals[index] for index, _ in self.corners(x) if not self.is_diverged[index]])
        folds = self.value(x) + self.effects + stream.choice(pool, len(self.effects))
        return Observation(float(folds.mean()), tuple(folds.tolist()))


def table_problems() -> list[Problem]:
    """The measured tables: learning rates, and those with momentum and weight decay."""
    table = LearningRateTable(DATA / "learning-rate-table.json")
    bounds = tuple(float(np.exp(log)) for log in (table.logs[0], table.logs[-1]))
    problems = [Problem(
        "learning rate", reals(bounds, is_logarithmic=True), float(table.smooth.min()), table.value, table=table,
        initial=(0.01,))]
    for name, file in (("learning rate, momentum", "momentum"), ("learning rate, momentum, weight decay", "weight-decay")):
        path = DATA / f"{file}-table.json"
        if path.exists():
            table = LossTable(path)
            problems.append(Problem(
                name, table.parameters, table.optimum(), table.value, crashes=table.crashes, table=table))
    return problems


def all_problems() -> list[Problem]:
    return test_functions() + hard_problems() + table_problems()

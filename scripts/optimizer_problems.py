"""The problems that scripts/compare-optimizers compares on: test functions, noisy ones, and a measured table."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import numpy as np


@dataclass(frozen=True)
class Problem:
    """What is minimised.

    `value(x, seed)` is the noise-free loss that regret is measured by; `observe(x, stream, seed)` what an optimiser is
    told: a loss, and the variance of its noise where that is known.
    """

    name: str
    bounds: tuple[tuple[float, float], ...]
    optimum: float
    value: Callable
    noise: float = 0.0
    log: bool = False
    table: "Table | None" = None

    def observe(self, x, stream, seed):
        if self.table is not None:
            return self.table.observe(x[0], stream, seed)
        return self.value(x) + self.noise * stream.standard_normal(), None

    def regret(self, x):
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

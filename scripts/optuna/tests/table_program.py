#!/usr/bin/env python3
"""Stands in for resnet-bo in the tests of workers: `cross-validate --events` from measured losses, without training.

The losses are those of scripts/data/learning-rate-table.json: the mean of the folds interpolated in the logarithm of the
learning rate, and the differences of the folds of a near rate from their mean. Every other command is that of the program in
`RESNET_BO_PROGRAM`.

    TABLE_SECONDS   the time of an epoch, in seconds
"""

from __future__ import annotations

import json
import math
import os
import random
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parents[2] / "data" / "learning-rate-table.json"
Folds = list[list[float]]


@cache
def table() -> tuple[list[float], list[list[Folds]]]:
    """The logarithms of the rates, and the losses, `[seed][rate][fold][epoch]`, infinite where they are not finite."""
    file: dict[str, Any] = json.loads(TABLE.read_text())
    losses = [
        [[[math.inf if loss is None else loss for loss in fold] for fold in folds] for folds in row] for row in file["losses"]
    ]
    return [math.log(rate) for rate in file["learning_rates"]], losses


def mean(folds: Folds, epoch: int) -> float:
    return sum(fold[epoch] for fold in folds) / len(folds)


def losses_at(rate: float, seed: int = 0) -> Folds:
    """The losses of a training, `[fold][epoch]`; equal for equal rates."""
    logarithms, rows = table()[0], table()[1][seed]
    x = math.log(rate)
    upper = next((index for index, one in enumerate(logarithms) if one >= x), len(rows) - 1)
    lower = max(upper - 1, 0)
    part = (x - logarithms[lower]) / (logarithms[upper] - logarithms[lower]) if lower < upper else 0
    noise = rows[random.Random(rate).choice([lower, upper, max(upper - 2, 0), min(upper + 1, len(rows) - 1)])]
    return [
        [
            mean(rows[lower], epoch) * (1 - part) + mean(rows[upper], epoch) * part + fold[epoch] - mean(noise, epoch)
            for epoch in range(len(fold))
        ]
        for fold in noise
    ]


def smooth(rate: float) -> float:
    """The final loss at a rate without noise: a local line through the means of all seeds."""
    x = math.log(rate)
    weight = first = second = value = product = 0.0
    for row in table()[1]:
        for logarithm, folds in zip(table()[0], row, strict=True):
            distance, loss = logarithm - x, mean(folds, -1)
            w = math.exp(-0.5 * (distance / 0.4) ** 2)
            weight, first, second = weight + w, first + w * distance, second + w * distance * distance
            value, product = value + w * loss, product + w * distance * loss
    return (second * value - first * product) / (weight * second - first * first)


def least() -> float:
    """The minimum of `smooth` over the whole range."""
    return min(smooth(0.001 * 900 ** (index / 400)) for index in range(401))


def cross_validate(rate: float) -> None:
    folds = losses_at(rate)
    epochs = len(folds[0])
    for epoch in range(epochs):
        time.sleep(float(os.environ.get("TABLE_SECONDS", "0")))
        line = {"epoch": epoch + 1, "epochs": epochs, "losses": [[fold[epoch] for fold in folds]]}
        print(json.dumps(line), flush=True)
    result = {
        "learning_rate": rate, "validation_loss": mean(folds, -1), "seconds": 0.0,
        "diverged": any(fold[-1] >= 0.95 * math.log(10) for fold in folds),
        "folds": [{"fold": index, "validation_loss": fold[-1]} for index, fold in enumerate(folds)],
    }
    print(json.dumps({"backend": "table", "device": "table", "results": [result]}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] != "cross-validate":
        program = os.environ["RESNET_BO_PROGRAM"]
        os.execv(program, [program, *sys.argv[1:]])
    cross_validate(float(next(one for one in sys.argv if one.startswith("--learning-rate=")).split("=")[1]))

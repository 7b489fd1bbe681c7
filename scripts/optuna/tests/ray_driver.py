"""A driver of Ray Tune that searches a learning rate with the sampler; started again, it goes on where it was killed.

    python ray_driver.py FOLDER TRIALS

It writes a line to FOLDER/finished for each finished trial, and FOLDER/result.json at the end.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

import ray
import table_program
from optuna.distributions import BaseDistribution, FloatDistribution
from ray import tune
from ray.tune.search import ConcurrencyLimiter
from ray.tune.search.optuna import OptunaSearch

from optuna_resnet_bo import ResnetBoSampler


def train(config: dict[str, Any], folder: str) -> None:
    folds = table_program.losses_at(config["learning_rate"])
    for epoch in range(len(folds[0])):
        time.sleep(0.2)
        if epoch == len(folds[0]) - 1:
            with open(f"{folder}/finished", "a") as file:
                file.write(f"{config['learning_rate']!r}\n")
        tune.report({"loss": table_program.mean(folds, epoch)})


def main(folder: Path, trials: int) -> None:
    logging.disable(logging.WARNING)
    space: dict[str, BaseDistribution] = {"learning_rate": FloatDistribution(1e-3, 0.9, log=True)}
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    trainable = tune.with_parameters(train, folder=str(folder))
    path = str(folder / "study")
    if tune.Tuner.can_restore(path):
        tuner = tune.Tuner.restore(path, trainable, resume_unfinished=True, restart_errored=True)
    else:
        sampler = ResnetBoSampler(seed=1, program=os.environ["RESNET_BO_PROGRAM"], space=space)
        search = OptunaSearch(space=space, metric="loss", mode="min", sampler=sampler)
        tuner = tune.Tuner(
            trainable,
            tune_config=tune.TuneConfig(search_alg=ConcurrencyLimiter(search, 2), num_samples=trials),
            run_config=tune.RunConfig(name="study", storage_path=str(folder), verbose=0))
    results = tuner.fit()
    table = [
        {
            "rate": (one.config or {})["learning_rate"], "loss": (one.metrics or {}).get("loss"), "error": str(one.error or ""),
        }
        for one in (results[index] for index in range(len(results)))
    ]
    (folder / "result.json").write_text(json.dumps(table))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

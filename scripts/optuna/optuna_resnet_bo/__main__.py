"""The command line: `python -m optuna_resnet_bo worker ... -- FLAGS`."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import warnings

import optuna
from optuna.exceptions import ExperimentalWarning

from optuna_resnet_bo.program import ProgramError
from optuna_resnet_bo.sampler import ResnetBoSampler
from optuna_resnet_bo.search import DEFAULT, read_search
from optuna_resnet_bo.worker import Settings, Worker, connect, say


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError
    return value


_positive.__name__ = "whole number above 0"


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """The options of the worker, and the flags after `--`."""
    own, flags = arguments, []
    if "--" in arguments:
        index = arguments.index("--")
        own, flags = arguments[:index], arguments[index + 1 :]
    parser = argparse.ArgumentParser(prog="python -m optuna_resnet_bo", allow_abbrev=False)
    worker = parser.add_subparsers(required=True, metavar="worker").add_parser(
        "worker", allow_abbrev=False, help="train trials of a study",
        usage="python -m optuna_resnet_bo worker --storage URL --study NAME --evaluations N [options] -- FLAGS",
        description="Trains trials of a study by `resnet-bo cross-validate FLAGS`, beside any number of other workers.")
    worker.add_argument("--storage", required=True, help="a database, such as postgresql+psycopg2://user@host/name")
    worker.add_argument("--study", required=True, help="the name of the study, which is made if needed")
    worker.add_argument("--evaluations", required=True, type=_positive, help="evaluations of the study, of all workers")
    worker.add_argument("--program", default="resnet-bo", help="the program, by its path or its name")
    worker.add_argument(
        "--search", action="append", metavar="NAME=RANGE",
        help=f"a searched hyperparameter, as in `resnet-bo optimize`; may be repeated (default: {DEFAULT})")
    worker.add_argument("--seed", type=int, help="decides the optimiser's draws (default: from the name of the study)")
    worker.add_argument("--no-pruning", action="store_true", help="train every trial to its last epoch")
    worker.add_argument("--retries", type=_positive, default=5, help="how often a lost trial is repeated (default: 5)")
    worker.add_argument(
        "--heartbeat", type=_positive, default=30, metavar="SECONDS", help="time between signs of life (default: 30)")
    worker.add_argument(
        "--grace", type=_positive, metavar="SECONDS",
        help="silence after which a trial is lost (default: twice the heartbeat)")
    return parser.parse_args(own), flags


def main(arguments: list[str]) -> int:
    """Runs a worker; returns the exit code."""
    options, flags = parse(arguments)
    warnings.simplefilter("ignore", ExperimentalWarning)
    optuna.logging.set_verbosity(logging.ERROR)
    try:
        space = read_search(options.search or [DEFAULT])
        pruner = (
            optuna.pruners.NopPruner() if options.no_pruning
            else optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1))
        study, storage = connect(
            options.storage, options.study, heartbeat=options.heartbeat, grace=options.grace, retries=options.retries,
            sampler=ResnetBoSampler(options.seed, options.program, space=space, repeats=False), pruner=pruner)
        settings = Settings(options.evaluations, space, options.program, flags, options.retries)
        worker = Worker(study, storage, settings)
        worker.install()
        number = worker.run()
        if number:
            say(f"optuna_resnet_bo: interrupted by {signal.Signals(number).name}; other workers continue the study")
        return 128 + number if number else 0
    except (ProgramError, ValueError, ImportError) as error:
        say(f"optuna_resnet_bo: {error}")
    except Exception as error:
        if os.environ.get("RESNET_BO_TRACEBACK"):
            raise
        # Errors of a database have many lines.
        say(f"optuna_resnet_bo: {str(error).splitlines()[0] if str(error) else type(error).__name__}")
    return 1


sys.exit(main(sys.argv[1:]))

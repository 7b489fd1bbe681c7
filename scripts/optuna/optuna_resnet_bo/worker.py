"""A worker: takes trials of a study and trains them, beside any number of others."""

from __future__ import annotations

import math
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from types import FrameType
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.exceptions import TrialPruned, UpdateFinishedTrialError
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.trial import FrozenTrial, Trial, TrialState

from optuna_resnet_bo import search
from optuna_resnet_bo.attempts import SURPLUS, Attempts, lost_before
from optuna_resnet_bo.history import DIVERGED, FOLD_LOSSES
from optuna_resnet_bo.program import ProgramError
from optuna_resnet_bo.training import Training

DUPLICATE = "duplicate"
"""User attribute: the number of a trial that had the point of another, so that its evaluation goes on with a new one.

A repetition of a lost trial has its attributes, so the number tells which trial it is about.
"""

LONGEST_TURN = 10.0
"""The longest time to wait for the points of trials with lower numbers, in seconds."""

WORKER = "worker"
"""User attribute of a trial: the host and the process that trains it, and the number of the trial that they began."""

SETTINGS = "resnet_bo"
"""User attribute of a study: what all its workers must have in common."""

MACHINE_FLAGS = {"--data", "--backend", "--device", "--threads"}
"""Flags with a value that may differ between workers, because they do not change a loss by more than rounding."""


class Interrupted(Exception):
    """A signal ends the worker."""


class Surplus(Exception):
    """The trial is one too many."""


class Duplicate(Exception):
    """The point of the trial is that of another."""


@dataclass(frozen=True)
class Settings:
    """What a worker does."""

    evaluations: int
    """The number of evaluations of the study, of all workers."""

    space: Mapping[str, BaseDistribution]
    """The searched hyperparameters."""

    program: str
    """The program, by its path or its name."""

    flags: Sequence[str] = ()
    """The flags of `resnet-bo cross-validate`."""

    retries: int = 5
    """How often a lost trial is repeated."""

    def common(self) -> dict[str, Any]:
        """What must be equal in all workers of a study."""
        space = {name: optuna.distributions.distribution_to_json(one) for name, one in self.space.items()}
        return {"space": space, "flags": list(_without_machine(self.flags))}


def _without_machine(flags: Sequence[str]) -> Iterable[str]:
    """The flags that decide the losses."""
    rest = iter(flags)
    for flag in rest:
        if flag in MACHINE_FLAGS:
            next(rest, None)
        elif flag.split("=")[0] not in MACHINE_FLAGS and flag != "--cpu":
            yield flag


class Worker:
    """Takes trials until the evaluations of the study are finished."""

    def __init__(self, study: optuna.Study, storage: RDBStorage, settings: Settings) -> None:
        """A worker of a study; `storage` is the study's own, with heartbeats.

        Raises `ValueError` if the study belongs to workers with other settings.
        """
        self._study = study
        self._settings = settings
        self._retry = RetryHeartbeatStaleTrialCallback(max_retry=settings.retries)
        interval = storage.get_heartbeat_interval()
        assert interval is not None
        self._poll = min(interval / 2, 5.0)
        self._grace = storage.grace_period or 2 * interval
        self._training: Training | None = None
        self._interrupted = threading.Event()
        self._signal = 0
        self._first_seen: dict[tuple[str, int], float] = {}
        self._join()

    def _join(self) -> None:
        """Records the settings in a new study, or compares them with those of the other workers."""
        common = self._settings.common()
        if SETTINGS not in self._study.user_attrs:
            self._study.set_user_attr(SETTINGS, common)
        for name, value in self._study.user_attrs[SETTINGS].items():
            if value != common[name]:
                raise ValueError(
                    f"the workers of study {self._study.study_name} have another {name}: {value}, not {common[name]}")

    # Signals

    def install(self) -> None:
        """Lets SIGTERM and SIGINT end the worker in good order: its trial is queued again at once."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._interrupt)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._signal = number
        self._interrupted.set()
        if self._training:
            self._training.terminate()

    # The loop

    def run(self) -> int:
        """Works until all evaluations are finished, or until a signal, whose number is the result."""
        while not self._interrupted.is_set():
            self._fail_lost()
            attempts = self._attempts()
            if attempts.are_finished:
                return 0
            # Optuna queues a lost trial again, unless the worker that found it was killed at that moment.
            for trial in self._ripe("unrepeated", attempts.lost):
                self._retry(self._study, trial)
            if attempts.missing or attempts.has_waiting:
                self._take()
            else:
                self._interrupted.wait(self._poll)
        return self._signal

    def _attempts(self) -> Attempts:
        trials = self._study.get_trials(deepcopy=False)
        return Attempts(trials, self._settings.evaluations, self._settings.retries)

    def _fail_lost(self) -> None:
        """Fails the running trials that nobody trains any more, and queues them again."""
        optuna.storages.fail_stale_trials(self._study)
        # Without a first heartbeat, of which the mark is the sign, Optuna never counts a trial as lost.
        running = [
            trial for trial in self._study.get_trials(deepcopy=False, states=[TrialState.RUNNING])
            if trial.user_attrs.get(WORKER, {}).get("trial") != trial.number
        ]
        for trial in self._ripe("unmarked", running):
            try:
                self._study.tell(trial.number, state=TrialState.FAIL)
            except (ValueError, UpdateFinishedTrialError):
                continue  # Another worker was faster.
            # With the parameters that it may have got since then.
            self._retry(self._study, self._trial(trial.number))

    def _ripe(self, kind: str, trials: Iterable[FrozenTrial]) -> list[FrozenTrial]:
        """The trials that were of a kind for the grace period, by the clock of this process."""
        now = time.monotonic()
        seen = {(kind, trial.number): trial for trial in trials}
        for key in [key for key in self._first_seen if key[0] == kind and key not in seen]:
            del self._first_seen[key]
        return [trial for key, trial in seen.items() if now - self._first_seen.setdefault(key, now) > self._grace]

    def _take(self) -> None:
        """Takes one trial and trains it."""
        taken: list[int] = []

        def objective(trial: Trial) -> float:
            taken.append(trial.number)
            return self._evaluate(trial)

        try:
            self._study.optimize(objective, n_trials=1, catch=(Interrupted, Surplus, Duplicate))
        except (ValueError, UpdateFinishedTrialError):
            if not taken or not self._trial(taken[0]).state.is_finished():
                raise
            # The heartbeat was late, and others have counted the trial as lost.
            say(f"Trial {taken[0]} was given to another worker")
            return
        except ProgramError:
            if taken:
                self._retry(self._study, self._trial(taken[0]))
            raise
        trial = self._trial(taken[0])
        if trial.user_attrs.get(DUPLICATE) == trial.number:
            lost = [*lost_before(trial), trial.number]
            self._study.add_trial(optuna.create_trial(
                state=TrialState.WAITING, system_attrs={"failed_trial": lost[0], "retry_history": lost}))
        elif trial.state == TrialState.FAIL and self._interrupted.is_set() and DIVERGED not in trial.user_attrs:
            self._retry(self._study, trial)
        say(_line(trial))

    def _trial(self, number: int) -> FrozenTrial:
        return next(trial for trial in self._study.get_trials() if trial.number == number)

    # One trial

    def _evaluate(self, trial: Trial) -> float:
        """The loss of a trial, which is recorded with its epochs and folds."""
        # The heartbeat has begun, so Optuna notices from here on if this process dies.
        trial.set_user_attr(
            WORKER, {"trial": trial.number, "host": socket.gethostname(), "process": os.getpid()})
        if trial.number in self._attempts().surplus:
            trial.set_user_attr(SURPLUS, True)
            raise Surplus
        self._wait_for_turn(trial)
        params = {name: _suggest(trial, name, one) for name, one in self._settings.space.items()}
        if self._has_duplicate(trial):
            trial.set_user_attr(DUPLICATE, trial.number)
            raise Duplicate
        command = [
            self._settings.program, "cross-validate", "--events", *self._settings.flags, *search.flags(params),
        ]
        training = self._training = Training(command)
        try:
            if self._interrupted.is_set():
                raise Interrupted
            return self._follow(trial, training)
        finally:
            self._training = None
            training.close()

    def _wait_for_turn(self, trial: Trial) -> None:
        """Waits until all running trials with lower numbers have their points, so that this one's is far from them.

        Not for long: a worker may have died before it chose a point.
        """
        deadline = time.monotonic() + LONGEST_TURN
        names = self._settings.space.keys()
        while time.monotonic() < deadline and not names <= trial.params.keys():
            running = self._study.get_trials(deepcopy=False, states=[TrialState.RUNNING])
            if all(names <= one.params.keys() for one in running if one.number < trial.number):
                return
            self._interrupted.wait(0.1)

    def _has_duplicate(self, trial: Trial) -> bool:
        """Whether another trial that counts has the same point, where there are points enough.

        Of two workers that choose the same point without knowing of each other, the one that looks last sees it.
        """
        if not any(isinstance(one, FloatDistribution) for one in self._settings.space.values()):
            return False
        trials = self._study.get_trials(deepcopy=False)
        mine = next(one for one in trials if one.number == trial.number)
        ignored = self._attempts().surplus | {trial.number, *lost_before(mine)}
        return any(
            one.params == mine.params for one in trials if one.state != TrialState.FAIL and one.number not in ignored)

    def _follow(self, trial: Trial, training: Training) -> float:
        """Reports the epochs of a training until its result, or until it is pruned."""
        lines = training.lines()
        while True:
            try:
                line = next(lines)
            except ProgramError:
                if self._interrupted.is_set():
                    raise Interrupted from None
                raise
            if "interrupted" in line:
                if self._interrupted.is_set():
                    raise Interrupted
                raise ProgramError(f"{self._settings.program} was interrupted by {line['interrupted']}")
            if "epoch" in line:
                losses = line["losses"][0]
                if all(loss is not None for loss in losses):
                    trial.report(fmean(losses), line["epoch"])
                    # The result comes at once after the last epoch.
                    if line["epoch"] < line["epochs"] and trial.should_prune():
                        raise TrialPruned
            elif "results" in line:
                return _record(trial, line)


def _record(trial: Trial, line: Mapping[str, Any]) -> float:
    """Records the result of a training; returns its loss, which is NaN if it is not finite."""
    result = line["results"][0]
    loss: float | None = result["validation_loss"]
    trial.set_user_attr("backend", line["backend"])
    trial.set_user_attr("device", line["device"])
    trial.set_user_attr("seconds", result["seconds"])
    trial.set_user_attr(FOLD_LOSSES, [fold["validation_loss"] for fold in result["folds"]])
    trial.set_user_attr(DIVERGED, result["diverged"] or loss is None)
    return math.nan if loss is None else loss


def _suggest(trial: Trial, name: str, distribution: BaseDistribution) -> Any:
    if isinstance(distribution, FloatDistribution):
        return trial.suggest_float(name, distribution.low, distribution.high, log=distribution.log)
    if isinstance(distribution, IntDistribution):
        return trial.suggest_int(name, distribution.low, distribution.high, log=distribution.log)
    assert isinstance(distribution, CategoricalDistribution)
    return trial.suggest_categorical(name, distribution.choices)


def _line(trial: FrozenTrial) -> str:
    """What became of a trial, for a person."""
    params = ", ".join(f"{name} {value}" for name, value in trial.params.items())
    if trial.user_attrs.get(SURPLUS):
        outcome = "surplus, not evaluated"
    elif trial.user_attrs.get(DUPLICATE) == trial.number:
        outcome = "the point of another trial"
    elif trial.state == TrialState.FAIL:
        outcome = "diverged" if trial.user_attrs.get(DIVERGED) else "interrupted"
    else:
        assert trial.value is not None
        outcome = f"loss {trial.value:.4f}" + (" (pruned)" if trial.state == TrialState.PRUNED else "")
    return f"Trial {trial.number}: {params + ', ' if params else ''}{outcome}"


def say(line: str) -> None:
    """Writes a line to standard error."""
    print(line, file=sys.stderr, flush=True)


def connect(
    url: str, name: str, *, heartbeat: int, grace: int | None, retries: int, sampler: optuna.samplers.BaseSampler,
    pruner: optuna.pruners.BasePruner, pause: Callable[[float], None] = time.sleep,
) -> tuple[optuna.Study, RDBStorage]:
    """A study, which is made if needed, and its storage.

    Workers that start together on an empty database create its tables together, and all but one fail at that and try again.
    """
    tries = 5
    while True:
        try:
            storage = RDBStorage(
                url, heartbeat_interval=heartbeat, grace_period=grace, engine_kwargs={"pool_pre_ping": True},
                heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(max_retry=retries))
            study = optuna.create_study(
                storage=storage, study_name=name, load_if_exists=True, sampler=sampler, pruner=pruner)
            return study, storage
        except Exception:
            tries -= 1
            if tries == 0:
                raise
            pause(0.5)

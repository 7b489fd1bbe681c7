"""The evaluations of a study, each of which is a chain of attempts: a trial, and those that Optuna queued again after it."""

from __future__ import annotations

from collections.abc import Sequence

from optuna.trial import FrozenTrial, TrialState

from optuna_resnet_bo.history import DIVERGED

SURPLUS = "surplus"
"""User attribute: whether a trial was one too many."""


def lost_before(trial: FrozenTrial) -> list[int]:
    """The numbers of the lost trials that this one repeats, as Optuna's callback records them."""
    numbers: list[int] = trial.system_attrs.get("retry_history", [])
    return numbers


def predecessor(trial: FrozenTrial) -> int | None:
    """The number of the lost trial that this one repeats; `None` if there is none."""
    lost = lost_before(trial)
    return lost[-1] if lost else None


class Attempts:
    """The state of all evaluations, which depends on nothing but the trials, so all workers see the same.

    The first trials of a study, by their numbers, are its evaluations. Workers that find one missing at the same moment may
    create several, and of those that have the same place the one of the lowest number counts. The others are surplus.
    """

    def __init__(self, trials: Sequence[FrozenTrial], evaluations: int, retries: int) -> None:
        """The evaluations of a study.

        - `evaluations`: how many there shall be.
        - `retries`: how often a lost trial is repeated.
        """
        self._evaluations = evaluations
        self._retries = retries
        self.surplus: set[int] = set()
        """The numbers of the trials that are not evaluated."""
        self.has_waiting = any(trial.state == TrialState.WAITING for trial in trials)
        """Whether a trial waits for a worker, also one that is surplus."""
        self._has_running = any(trial.state == TrialState.RUNNING for trial in trials)
        self._first: list[FrozenTrial] = []
        self._next: dict[int, FrozenTrial] = {}
        for trial in sorted(trials, key=lambda trial: trial.number):
            before = predecessor(trial)
            if before is None and len(self._first) < evaluations:
                self._first.append(trial)
            elif before is None or before in self._next or before in self.surplus:
                self.surplus.add(trial.number)
            else:
                self._next[before] = trial
        self.last = [self._end(trial) for trial in self._first]
        """The last attempt of each evaluation."""

    def _end(self, trial: FrozenTrial) -> FrozenTrial:
        while trial.number in self._next:
            trial = self._next[trial.number]
        return trial

    @property
    def are_finished(self) -> bool:
        """Whether no trial is left to create, to train, to wait for or to repeat."""
        return not (self.missing or self.has_waiting or self._has_running or self.lost)

    @property
    def missing(self) -> int:
        """The number of evaluations without a trial."""
        return self._evaluations - len(self._first)

    @property
    def lost(self) -> list[FrozenTrial]:
        """Lost trials that nobody has queued again yet."""
        return [trial for trial in self.last if trial.state.is_finished() and not self._is_final(trial)]

    def _is_final(self, trial: FrozenTrial) -> bool:
        """Whether a trial that nothing follows is the end of its evaluation."""
        if trial.state != TrialState.FAIL:
            return trial.state.is_finished()
        return trial.user_attrs.get(DIVERGED) is True or len(lost_before(trial)) >= self._retries

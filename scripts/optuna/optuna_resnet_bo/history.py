"""The trials of a study as the observations of `resnet-bo suggest`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from optuna_resnet_bo.noise import fold_variances
from optuna_resnet_bo.space import Space

FOLD_LOSSES = "fold_losses"
"""User attribute: the loss of each fold, of a complete trial."""

VARIANCE = "variance"
"""User attribute: the variance of the noise of the value."""

DIVERGED = "diverged"
"""User attribute: whether the parameters made the evaluation fail."""


@dataclass(frozen=True)
class History:
    """What a new trial knows of the others."""

    observations: list[dict[str, Any]]
    """The finished trials, then the pending ones, each in the order of their numbers."""

    skip: int
    """The number of trials that get a point of the same observations before this one does."""


def history(trials: Sequence[FrozenTrial], number: int, space: Space, *, maximise: bool) -> History:
    """What the trial of a number knows of the other trials of a study.

    - A complete trial is an observation, with the variance of its noise where its folds or its variance are recorded.
    - A pruned trial is one with its last intermediate value.
    - A trial that diverged, or whose value is infinite, is evidence against its point. Other failed trials say nothing.
    - Running trials, and waiting ones with parameters, are pending.
    - A running trial with a lower number that has no parameters yet sees the same observations, and gets a point first.
    """
    finished: list[tuple[FrozenTrial, dict[str, Any]]] = []
    pending: list[dict[str, Any]] = []
    skip = 0
    for trial in sorted(trials, key=lambda trial: trial.number):
        if trial.number == number:
            continue
        params = _params(trial)
        if trial.state == TrialState.RUNNING and not space.distributions.keys() <= params.keys():
            skip += trial.number < number
            continue
        point = space.point(params)
        if point is None:
            continue
        if not trial.state.is_finished():
            pending.append({"parameters": point, "state": "pending"})
        elif (outcome := _outcome(trial, maximise)) is not None:
            finished.append((trial, {"parameters": point, **outcome}))
    _add_variances(finished)
    return History([observation for _, observation in finished] + pending, skip)


def _params(trial: FrozenTrial) -> Mapping[str, Any]:
    """The parameters of a trial, also of one that waits with them."""
    if trial.state == TrialState.WAITING:
        return {**trial.system_attrs.get("fixed_params", {}), **trial.params}
    return trial.params


def _outcome(trial: FrozenTrial, maximise: bool) -> dict[str, Any] | None:
    """The outcome of a finished trial; `None` if it says nothing."""
    if trial.user_attrs.get(DIVERGED) is True:
        return {"state": "failed"}
    if trial.state == TrialState.FAIL:
        return None
    if trial.state == TrialState.PRUNED:
        if not trial.intermediate_values:
            return None
        value = trial.intermediate_values[max(trial.intermediate_values)]
    else:
        assert trial.value is not None
        value = trial.value
    if not math.isfinite(value):
        return {"state": "failed"}
    return {"loss": -value if maximise else value}


def _add_variances(finished: Sequence[tuple[FrozenTrial, dict[str, Any]]]) -> None:
    """Adds the variances of the losses of complete trials, where they are recorded."""
    complete = [
        (trial, observation) for trial, observation in finished
        if trial.state == TrialState.COMPLETE and "loss" in observation
    ]
    # The noise of a trial depends on the folds of all others.
    folds = [trial.user_attrs.get(FOLD_LOSSES) for trial, _ in complete]
    variances = fold_variances([one for one in folds if one]) if all(folds) else None
    for index, (trial, observation) in enumerate(complete):
        variance = variances[index] if variances else trial.user_attrs.get(VARIANCE)
        if isinstance(variance, (int, float)) and math.isfinite(variance) and variance >= 0:
            observation["variance"] = float(variance)

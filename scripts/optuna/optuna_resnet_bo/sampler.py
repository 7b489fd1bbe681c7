"""The sampler."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.search_space import intersection_search_space
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial

from optuna_resnet_bo.history import history
from optuna_resnet_bo.program import suggest
from optuna_resnet_bo.space import Space


SPARE = 4
"""How many more points are asked for where some may be repetitions."""


class ResnetBoSampler(BaseSampler):
    """Proposes points by the optimiser of resnet-bo: a Gaussian process and an acquisition function.

    It serves any study of one objective, and has no state: everything comes from the trials of the study. So workers on
    many machines, each with a sampler of its own, search together. They must have equal arguments.

    User attributes of a trial that it reads: `fold_losses`, the losses of the folds of a cross-validation, or `variance`,
    that of the noise of the value; and `diverged`, if the parameters are the cause of a failure.

    A categorical parameter whose choices are numbers in increasing order counts as ordinal.

    The program does not choose parameters that only some trials have, and those of the first trials without `space`. They
    are drawn at random.
    """

    def __init__(
        self, seed: int | None = None, program: str = "resnet-bo", *,
        space: Mapping[str, BaseDistribution] | None = None, repeats: bool = True, flags: Sequence[str] = (),
    ) -> None:
        """Creates a sampler.

        - `seed`: decides all draws, from 0 to 2^32 - 1. `None` takes a number from the name of the study, the same one in all
          workers.
        - `program`: the program, by its path or its name.
        - `space`: the searched parameters, if they are known before the first trial. Otherwise those that all finished trials
          have in common.
        - `repeats`: whether the point of a finished trial may be proposed again. With a noisy objective another value there can be
          worth more than one elsewhere. With `False` it is proposed only if there are too few others.
        - `flags`: other flags for `resnet-bo suggest`, such as `["--acquisition", "lcb"]`.
        """
        if seed is not None and not 0 <= seed < 2**32:
            raise ValueError(f"the seed {seed} must lie between 0 and 2^32 - 1")
        self._seed = seed
        self._program = program
        self._space = None if space is None else dict(space)
        self._repeats = repeats
        self._flags = tuple(flags)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """The parameters that the program chooses together: all that are known and have several values."""
        known = self._space
        if known is None:
            known = intersection_search_space(study.get_trials(deepcopy=False), include_pruned=True)
        return {name: distribution for name, distribution in known.items() if not distribution.single()}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """The next point.

        Raises `ValueError` for a study of several objectives, and `ProgramError`.
        """
        _require_one_objective(study)
        if not search_space:
            return {}
        space = Space(search_space)
        told = history(
            study.get_trials(deepcopy=False), trial.number, space,
            maximise=study.direction == StudyDirection.MAXIMIZE)
        count = told.skip + 1 + (0 if self._repeats else SPARE)
        points = suggest(
            self._program, space, told, count=count, seed=self._seed_of(study), flags=self._flags)
        known = [] if self._repeats else [observation["parameters"] for observation in told.observations]
        new = [point for point in points if point not in known]
        # As many points as there are trials that come first, and one more, of which the last is taken.
        return space.params((new if len(new) > told.skip else points)[: told.skip + 1][-1])

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """A random value, which the seed, the number of the trial and the name decide."""
        _require_one_objective(study)
        entropy = [self._seed_of(study), trial.number, zlib.crc32(param_name.encode())]
        draws = RandomSampler(seed=int(np.random.SeedSequence(entropy).generate_state(1)[0]))
        return draws.sample_independent(study, trial, param_name, param_distribution)

    def _seed_of(self, study: Study) -> int:
        return zlib.crc32(study.study_name.encode()) if self._seed is None else self._seed


def _require_one_objective(study: Study) -> None:
    if len(study.directions) > 1:
        raise ValueError("ResnetBoSampler can't be used for studies of several objectives")

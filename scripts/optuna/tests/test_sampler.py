"""Optuna's own conformance suite, and what the sampler promises beyond it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import optuna
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler
from optuna.study import StudyDirection
from optuna.testing.pytest_samplers import BasicSamplerTestCase, RelativeSamplerTestCase, SingleOnlySamplerTestCase
from optuna.trial import TrialState, create_trial

from optuna_resnet_bo import ProgramError, ResnetBoSampler
from optuna_resnet_bo.space import Space

PROGRAM = os.environ["RESNET_BO_PROGRAM"]
RATE: dict[str, BaseDistribution] = {"rate": FloatDistribution(1e-3, 0.9, log=True)}


def make_sampler(**arguments: Any) -> ResnetBoSampler:
    return ResnetBoSampler(**{"seed": 1, "program": PROGRAM, "space": RATE, **arguments})


class TestConformance(BasicSamplerTestCase, RelativeSamplerTestCase, SingleOnlySamplerTestCase):
    @pytest.fixture
    def sampler(self) -> Callable[[], BaseSampler]:
        return lambda: ResnetBoSampler(program=PROGRAM)


def study_of(
    *trials: dict[str, Any], direction: StudyDirection = StudyDirection.MINIMIZE, **arguments: Any
) -> optuna.Study:
    study = optuna.create_study(sampler=make_sampler(**arguments), direction=direction)
    for trial in trials:
        study.add_trial(create_trial(distributions=RATE, **trial))
    return study


def next_rate(study: optuna.Study) -> float:
    rate = study.ask(RATE).params["rate"]
    assert isinstance(rate, float)
    return rate


COMPLETE: list[dict[str, Any]] = [
    {"params": {"rate": rate}, "value": value}
    for rate, value in [(0.002, 1.0), (0.01, 0.6), (0.05, 0.4), (0.3, 0.5), (0.8, 2.0)]
]


def test_workers_with_equal_histories_propose_different_points() -> None:
    study = study_of(*COMPLETE)
    # Trials of three workers that have not asked the sampler yet.
    trials = [study.ask() for _ in range(3)]
    frozen = [study.get_trials()[trial.number] for trial in trials]
    sampler = make_sampler()
    points = [sampler.sample_relative(study, one, RATE)["rate"] for one in frozen]
    assert len(set(points)) == 3
    # The order in which they ask does not matter.
    assert points[::-1] == [make_sampler().sample_relative(study, one, RATE)["rate"] for one in frozen[::-1]]
    # They are the points that one process gets one after the other.
    alone = study_of(*COMPLETE)
    assert points == [next_rate(alone) for _ in range(3)]


def failed(rate: float, **attributes: Any) -> dict[str, Any]:
    return {"params": {"rate": rate}, "state": TrialState.FAIL, "user_attrs": attributes}


@pytest.mark.parametrize("rate", [0.03, 0.1])
def test_only_failures_by_divergence_are_evidence(rate: float) -> None:
    alone = next_rate(study_of(*COMPLETE))
    assert next_rate(study_of(*COMPLETE, failed(rate))) == alone
    assert next_rate(study_of(*COMPLETE, failed(rate, diverged=False))) == alone
    assert next_rate(study_of(*COMPLETE, failed(rate, diverged=True))) != alone


def test_a_value_of_a_diverged_trial_is_not_learned() -> None:
    complete = {"params": {"rate": 0.7}, "value": 0.1, "user_attrs": {"diverged": True}}
    assert next_rate(study_of(*COMPLETE, complete)) == next_rate(study_of(*COMPLETE, failed(0.7, diverged=True)))


def test_an_infinite_value_is_a_failure() -> None:
    infinite = {"params": {"rate": 0.7}, "value": float("inf")}
    assert next_rate(study_of(*COMPLETE, infinite)) == next_rate(study_of(*COMPLETE, failed(0.7, diverged=True)))


def test_a_pruned_trial_has_its_last_value() -> None:
    pruned = {
        "params": {"rate": 0.004}, "state": TrialState.PRUNED, "value": None, "intermediate_values": {1: 1.2, 2: 0.9},
    }
    complete = {"params": {"rate": 0.004}, "value": 0.9}
    assert next_rate(study_of(*COMPLETE, pruned)) == next_rate(study_of(*COMPLETE, complete))


def test_waiting_trials_with_parameters_are_pending() -> None:
    running, waiting = study_of(*COMPLETE), study_of(*COMPLETE)
    point = running.ask(RATE).params
    waiting.enqueue_trial(point)
    asked = make_sampler().sample_relative(waiting, create_trial(state=TrialState.RUNNING), RATE)
    assert asked["rate"] != point["rate"]
    # A number that comes after the other.
    late = optuna.trial.FrozenTrial(
        number=99, state=TrialState.RUNNING, value=None, datetime_start=None, datetime_complete=None, params={},
        distributions={}, user_attrs={}, system_attrs={}, intermediate_values={}, trial_id=99)
    assert make_sampler().sample_relative(waiting, late, RATE)["rate"] == next_rate(running)


def with_folds(spread: float) -> list[dict[str, Any]]:
    """Folds around the value of each trial, which differ between the trials."""
    return [
        {
            **trial,
            "user_attrs": {"fold_losses": [
                trial["value"] + spread * deviation * (1 if index % 2 else -1) for deviation in (-1, 0, 1)
            ]},
        }
        for index, trial in enumerate(COMPLETE)
    ]


def test_the_spread_of_folds_is_known_noise() -> None:
    precise, noisy = next_rate(study_of(*with_folds(0.001))), next_rate(study_of(*with_folds(0.3)))
    assert precise != noisy
    varied = [{**trial, "user_attrs": {"variance": 0.01}} for trial in COMPLETE]
    assert next_rate(study_of(*varied)) != next_rate(study_of(*COMPLETE))


def test_a_known_space_has_no_random_trial() -> None:
    space = {
        "rate": FloatDistribution(1e-3, 0.9, log=True), "depth": IntDistribution(1, 8, step=3),
        "momentum": FloatDistribution(0, 0.99), "kind": CategoricalDistribution([None, 3, "x", True]),
        "width": IntDistribution(8, 64, log=True), "share": FloatDistribution(0, 1, step=0.25),
    }
    points = []
    for _ in range(2):
        study = optuna.create_study(study_name="known", sampler=ResnetBoSampler(program=PROGRAM, space=space))
        trial = study.ask(space)
        study.tell(trial, 1.0)
        points.append([trial.params, study.ask(space).params])
    assert points[0] == points[1]
    for params in points[0]:
        assert all(space[name]._contains(space[name].to_internal_repr(value)) for name, value in params.items())
    other = optuna.create_study(study_name="other", sampler=ResnetBoSampler(program=PROGRAM, space=space))
    assert other.ask(space).params != points[0][0]


def test_points_are_repeated_only_if_that_is_wanted() -> None:
    space: dict[str, BaseDistribution] = {"x": CategoricalDistribution([1, 2, 3])}
    points = {}
    for repeats in (True, False):
        study = optuna.create_study(sampler=ResnetBoSampler(3, PROGRAM, space=space, repeats=repeats))
        # A clear answer with much noise.
        for x in (1, 2):
            for value in (1.0, 1.5):
                study.add_trial(create_trial(
                    params={"x": x}, distributions=space, value=value * x**3, user_attrs={"variance": 1.0}))
        points[repeats] = [study.ask(space).params["x"] for _ in range(4)]
    assert points[False][0] == 3
    # Where there are no others, points are repeated all the same.
    assert set(points[False][1:]) <= {1, 2, 3}
    assert points[True].count(1) > 1


@pytest.mark.parametrize(
    "choices, kind",
    [
        ([32, 64, 128], "ordinal"), ([0.1, 1, 3], "ordinal"), ([64, 32], "categorical"), ([1, 1.5, "x"], "categorical"),
        ([False, True], "categorical"), ([1.0, float("inf")], "categorical"), ([None], "categorical"),
    ],
)
def test_increasing_numbers_are_ordinal(choices: list[Any], kind: str) -> None:
    space = Space({"x": CategoricalDistribution(choices)})
    assert space.description["parameters"][0]["type"] == kind
    for choice in choices:
        point = space.point({"x": choice})
        assert point is not None and space.params(point) == {"x": choice}
    assert space.point({"x": "other"}) is None


@pytest.mark.parametrize(
    "distribution, value, told",
    [
        (FloatDistribution(0, 1), 7, 7.0), (FloatDistribution(1e-3, 1, log=True), -1.0, None),
        (FloatDistribution(0, 1, step=0.25), 0.3, None), (IntDistribution(1, 9, step=2), 4, None),
        (IntDistribution(1, 9), 12, 12), (IntDistribution(1, 9), 1.5, None), (FloatDistribution(0, 1), "x", None),
    ],
)
def test_values_of_trials_with_other_ranges(distribution: BaseDistribution, value: Any, told: Any) -> None:
    assert Space({"x": distribution}).point({"x": value}) == (None if told is None else {"x": told})


def test_it_is_better_than_random_draws() -> None:
    def objective(trial: optuna.Trial) -> float:
        x, y = trial.suggest_float("x", -5, 5), trial.suggest_float("y", 1e-3, 1e3, log=True)
        return (x - 1) ** 2 + float(abs(y - 1))

    best = []
    for sampler in [ResnetBoSampler(seed=3, program=PROGRAM), optuna.samplers.RandomSampler(seed=3)]:
        study = optuna.create_study(sampler=sampler)
        study.optimize(objective, n_trials=25)
        best.append(study.best_value)
    assert best[0] < best[1] / 10


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"program": "/nowhere/resnet-bo"}, "/nowhere/resnet-bo can't be started: No such file or directory"),
        ({"flags": ["--acquisition", "best"]}, "--acquisition"),
        ({"space": {"x": FloatDistribution(-1e308, 1e308)}}, "must be finite"),
    ],
)
def test_errors_of_the_program_are_told(arguments: dict[str, Any], message: str) -> None:
    study = study_of(**arguments)
    with pytest.raises(ProgramError, match=message):
        study.ask(arguments.get("space", RATE))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_the_program_does_not_have(seed: int) -> None:
    with pytest.raises(ValueError, match="2\\^32"):
        ResnetBoSampler(seed=seed)

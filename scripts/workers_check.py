"""What holds at the end of a study of workers that were killed."""

import sys

import optuna
from optuna.trial import TrialState
from optuna_resnet_bo.attempts import Attempts, predecessor
from optuna_resnet_bo.worker import DUPLICATE
from workers_environment import PACKAGE

sys.path.insert(0, str(PACKAGE / "tests"))

import table_program  # noqa: E402

TABLE_PROGRAM = PACKAGE / "tests" / "table_program.py"

RETRIES = 100
"""How often the workers repeat a lost trial."""


class Failure(Exception):
    """A promise that is not kept."""


def expect(condition: bool, message: str) -> None:
    if not condition:
        raise Failure(message)


def check(study: optuna.Study, evaluations: int) -> list[float]:
    """That no trial is lost or doubled; returns the regrets after each evaluation."""
    trials = study.get_trials(deepcopy=False)
    attempts = Attempts(trials, evaluations, RETRIES)
    open_trials = [trial.number for trial in trials if not trial.state.is_finished()]
    expect(not open_trials, f"trials {open_trials} run or wait")
    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    expect(len(attempts.last) == evaluations, f"{len(attempts.last)} evaluations, not {evaluations}")
    expect(
        {trial.number for trial in attempts.last} == {trial.number for trial in complete},
        f"{len(complete)} complete trials for {evaluations} evaluations")
    numbers = {trial.number: trial for trial in trials}
    for trial in trials:
        before = predecessor(trial)
        if before is None or trial.number in attempts.surplus or DUPLICATE in numbers[before].user_attrs:
            continue
        if numbers[before].params:
            expect(trial.params == numbers[before].params, f"trial {trial.number} repeats {before} with another point")
    rates = [trial.params["learning_rate"] for trial in complete]
    expect(len(set(rates)) == evaluations, f"{evaluations - len(set(rates))} points were evaluated twice")
    for trial in complete:
        loss = table_program.mean(table_program.losses_at(trial.params["learning_rate"]), -1)
        expect(trial.value == loss, f"trial {trial.number} has the loss {trial.value}, not {loss}")
    regrets, best = [], None
    for trial in sorted(complete, key=lambda trial: trial.datetime_complete):
        best = trial if best is None or trial.value < best.value else best
        regrets.append(table_program.smooth(best.params["learning_rate"]) - table_program.least())
    return regrets

"""Chains of attempts: which trials count, and which are missing."""

from __future__ import annotations

from typing import Any

import pytest
from optuna.trial import FrozenTrial, TrialState

from optuna_resnet_bo.attempts import Attempts

COMPLETE, FAIL, RUNNING, WAITING = TrialState.COMPLETE, TrialState.FAIL, TrialState.RUNNING, TrialState.WAITING


def trials(*entries: tuple[TrialState, list[int]] | tuple[TrialState, list[int], dict[str, Any]]) -> list[FrozenTrial]:
    """Trials by their states and the lost trials that they repeat."""
    return [
        FrozenTrial(
            number=number, trial_id=number, state=state, value=1.0 if state == COMPLETE else None, datetime_start=None,
            datetime_complete=None, params={}, distributions={}, user_attrs=attributes[0] if attributes else {},
            system_attrs={"retry_history": lost} if lost else {}, intermediate_values={})
        for number, (state, lost, *attributes) in enumerate(entries)
    ]


@pytest.mark.parametrize(
    "name, entries, missing, surplus, lost, are_finished",
    [
        ("none", [], 2, set(), [], False),
        ("finished", [(COMPLETE, []), (TrialState.PRUNED, [])], 0, set(), [], True),
        ("one missing", [(COMPLETE, [])], 1, set(), [], False),
        ("running", [(COMPLETE, []), (RUNNING, [])], 0, set(), [], False),
        ("waiting", [(COMPLETE, []), (WAITING, [])], 0, set(), [], False),
        ("two workers took the last place", [(COMPLETE, []), (COMPLETE, []), (RUNNING, [])], 0, {2}, [], False),
        ("the second one gave up", [(COMPLETE, []), (COMPLETE, []), (FAIL, [])], 0, {2}, [], True),
        ("lost, not repeated", [(COMPLETE, []), (FAIL, [])], 0, set(), [1], False),
        ("lost and repeated", [(COMPLETE, []), (FAIL, []), (COMPLETE, [1])], 0, set(), [], True),
        ("repeated twice by two workers", [(COMPLETE, []), (FAIL, []), (COMPLETE, [1]), (FAIL, [1])], 0, {3}, [], True),
        ("repeated, and lost again", [(COMPLETE, []), (FAIL, []), (FAIL, [1])], 0, set(), [2], False),
        ("repeated as often as allowed", [(COMPLETE, []), (FAIL, []), (FAIL, [1]), (FAIL, [1, 2])], 0, set(), [], True),
        ("a repetition of a surplus trial", [(COMPLETE, []), (COMPLETE, []), (FAIL, []), (WAITING, [2])], 0, {2, 3}, [], False),
        ("diverged without a value", [(COMPLETE, []), (FAIL, [], {"diverged": True})], 0, set(), [], True),
    ],
)
def test_attempts(
    name: str, entries: list[Any], missing: int, surplus: set[int], lost: list[int], are_finished: bool
) -> None:
    attempts = Attempts(trials(*entries), evaluations=2, retries=2)
    assert attempts.missing == missing, name
    assert attempts.surplus == surplus
    assert [trial.number for trial in attempts.lost] == lost
    assert attempts.are_finished == are_finished

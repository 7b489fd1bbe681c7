"""Optuna's distributions as the parameters of `resnet-bo suggest`, and values in both directions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

Value: TypeAlias = "float | int | str"


class Space:
    """Parameters that are searched together."""

    def __init__(self, distributions: Mapping[str, BaseDistribution]) -> None:
        """A space of distributions by name.

        Raises `ValueError` for a kind of distribution that `resnet-bo suggest` does not have.
        """
        self.distributions = dict(distributions)
        self.description = {"parameters": [_parameter(name, one) for name, one in self.distributions.items()]}

    def point(self, params: Mapping[str, Any]) -> dict[str, Value] | None:
        """A trial's parameters as `resnet-bo suggest` reads them; `None` if one is missing or has no place in the space."""
        point: dict[str, Value] = {}
        for name, distribution in self.distributions.items():
            value = _told(distribution, params[name]) if name in params else None
            if value is None:
                return None
            point[name] = value
        return point

    def params(self, point: Mapping[str, Value]) -> dict[str, Any]:
        """A point of `resnet-bo suggest` as a trial's parameters."""
        return {name: _suggested(distribution, point[name]) for name, distribution in self.distributions.items()}


def _parameter(name: str, distribution: BaseDistribution) -> dict[str, Any]:
    """The entry of a distribution in the file of the space."""
    if isinstance(distribution, CategoricalDistribution):
        if _is_ordered(distribution):
            return {"name": name, "type": "ordinal", "values": list(distribution.choices)}
        # Choices may be of any type, so their indices stand for them.
        return {"name": name, "type": "categorical", "choices": [str(i) for i in range(len(distribution.choices))]}
    if not isinstance(distribution, (FloatDistribution, IntDistribution)):
        raise ValueError(f"{name}: resnet-bo has no parameter like {distribution}")
    kind = "real" if isinstance(distribution, FloatDistribution) else "integer"
    entry: dict[str, Any] = {"name": name, "type": kind, "lower": distribution.low, "upper": distribution.high}
    if distribution.log:
        entry["scale"] = "log"
    elif distribution.step is not None:
        entry["step"] = distribution.step
    return entry


def _is_ordered(distribution: CategoricalDistribution) -> bool:
    """Whether the choices are finite numbers in increasing order, which Optuna has no distribution for."""
    choices = distribution.choices
    numbers = [one for one in choices if isinstance(one, (int, float)) and not isinstance(one, bool) and math.isfinite(one)]
    return len(numbers) == len(choices) and all(low < high for low, high in zip(numbers, numbers[1:], strict=False))


def _told(distribution: BaseDistribution, value: Any) -> Value | None:
    """A parameter's value as `resnet-bo suggest` reads it; `None` if it has no place on the axis."""
    if isinstance(distribution, CategoricalDistribution):
        if value not in distribution.choices:
            return None
        index = distribution.choices.index(value)
        return distribution.choices[index] if _is_ordered(distribution) else str(index)
    assert isinstance(distribution, (FloatDistribution, IntDistribution))
    if isinstance(value, (bool, str)) or not isinstance(value, (int, float)):
        return None
    has_steps = distribution.step is not None and distribution.step != 1
    if has_steps and not distribution._contains(float(value)):
        return None
    # Other numbers are evidence also outside of the bounds, which another trial may have had.
    if distribution.log and value <= 0:
        return None
    if isinstance(distribution, FloatDistribution):
        return float(value)
    return int(value) if value == int(value) else None


def _suggested(distribution: BaseDistribution, value: Value) -> Any:
    """A value that `resnet-bo suggest` proposes, in the type of the distribution."""
    if isinstance(distribution, CategoricalDistribution):
        index = distribution.choices.index(value) if _is_ordered(distribution) else int(value)
        return distribution.choices[index]
    assert isinstance(distribution, (FloatDistribution, IntDistribution))
    if isinstance(distribution, IntDistribution):
        return int(value)
    # The program's steps differ from Optuna's by rounding.
    return min(max(float(value), distribution.low), distribution.high)

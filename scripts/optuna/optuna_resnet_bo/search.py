"""The searched hyperparameters of a worker, as `resnet-bo optimize --search` writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

DEFAULT = "learning-rate=log:0.001..0.9"
"""The search of `resnet-bo optimize`."""


def read_search(texts: Iterable[str]) -> dict[str, BaseDistribution]:
    """The distributions of some texts, by the names of the parameters.

    A text is `momentum=0.0..0.99`, `weight-decay=log:1e-6..1e-2` or `batch-size=32,64,128`. Bounds that are whole numbers
    make an integer. Raises `ValueError`.
    """
    space: dict[str, BaseDistribution] = {}
    for text in texts:
        name, equals, domain = text.partition("=")
        if not name or not equals:
            raise ValueError(f"--search {text}: it must read NAME=LOWER..UPPER, NAME=log:LOWER..UPPER or NAME=VALUE,VALUE,...")
        name = name.replace("-", "_")
        if name in space:
            raise ValueError(f"--search {text}: it is searched twice")
        try:
            space[name] = _read_domain(domain)
        except ValueError as error:
            raise ValueError(f"--search {text}: {error}") from None
    return space


def flags(params: Mapping[str, object]) -> list[str]:
    """The flags of `resnet-bo cross-validate` for the parameters of a trial."""
    return [f"--{name.replace('_', '-')}={value!r}" for name, value in params.items()]


def _read_domain(text: str) -> BaseDistribution:
    is_logarithmic = text.startswith("log:")
    values = text.removeprefix("log:")
    if ".." not in values:
        choices = sorted({_number(value) for value in values.split(",")})
        if is_logarithmic or len(choices) < 2:
            raise ValueError("there must be two bounds, or at least two different values")
        return CategoricalDistribution(choices)
    lower, upper = map(_number, values.split("..", 1))
    if lower >= upper:
        raise ValueError(f"{lower} must be below {upper}")
    if isinstance(lower, int) and isinstance(upper, int):
        return IntDistribution(lower, upper, log=is_logarithmic)
    return FloatDistribution(lower, upper, log=is_logarithmic)


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"'{text}' is not a number") from None

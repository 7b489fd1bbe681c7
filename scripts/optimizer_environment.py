"""The Python environment of the scripts on optimisers: .build/optimizers."""

import python_environment
from python_environment import PROGRAM, ROOT, build_program  # noqa: F401

ENVIRONMENT = ROOT / ".build" / "optimizers"
PACKAGES = ["torch", "botorch", "optuna", "scikit-optimize", "scikit-learn", "scipy", "numpy", "mpmath"]


def enter_environment() -> None:
    """Restarts the script in a Python that has the other optimisers."""
    python_environment.enter_environment(
        ENVIRONMENT, ["botorch", "mpmath", "optuna", "sklearn", "skopt", "torch"], PACKAGES)

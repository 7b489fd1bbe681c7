"""The Python environments of the scripts on optimisers: .build/optimizers has the other optimisers, .build/numpy has not."""

import python_environment
from python_environment import PROGRAM, ROOT, build_program  # noqa: F401

ENVIRONMENT = ROOT / ".build" / "optimizers"
PACKAGES = ["torch", "botorch", "optuna", "scikit-optimize", "scikit-learn", "scipy", "numpy", "mpmath"]


def enter_environment(with_peers: bool = True) -> None:
    """Restarts the script in a Python that has NumPy and SciPy, and the other optimisers if asked for."""
    if with_peers:
        python_environment.enter_environment(
            ENVIRONMENT, ["botorch", "mpmath", "optuna", "sklearn", "skopt", "torch"], PACKAGES)
    else:
        python_environment.enter_environment(ROOT / ".build" / "numpy", ["numpy", "scipy"], ["numpy", "scipy"])

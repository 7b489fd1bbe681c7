"""The Python environments of the scripts on optimisers, in .build: `optimizers`, `hebo`, and `numpy` without any of them."""

import subprocess
import sys
import venv

import python_environment
from python_environment import PROGRAM, ROOT, build_program  # noqa: F401

ENVIRONMENT = ROOT / ".build" / "optimizers"
PACKAGES = ["torch", "botorch", "optuna", "scikit-optimize", "scikit-learn", "scipy", "numpy", "mpmath", "smac"]

HEBO_ENVIRONMENT = ROOT / ".build" / "hebo"
# HEBO 0.3.6 pins NumPy below 1.25, and left to itself pip goes back to versions of scikit-learn that no longer build.
HEBO_PACKAGES = [
    ["numpy==1.24.4", "scipy==1.12.0", "scikit-learn==1.3.2", "pandas==2.0.3", "torch", "gpytorch==1.11", "catboost",
     "disjoint-set", "GPy==1.13.2", "autograd", "cma", "alive-progress", "dill", "Deprecated", "cython", "wheel", "setuptools"],
    ["--no-deps", "--no-build-isolation", "HEBO==0.3.6", "pymoo==0.6.0"],
]


def enter_environment(with_peers: bool = True) -> None:
    """Restarts the script in a Python that has NumPy and SciPy, and the other optimisers (but HEBO) if asked for."""
    if with_peers:
        python_environment.enter_environment(
            ENVIRONMENT, ["botorch", "mpmath", "optuna", "sklearn", "skopt", "smac", "torch"], PACKAGES)
    else:
        python_environment.enter_environment(ROOT / ".build" / "numpy", ["numpy", "scipy"], ["numpy", "scipy"])


def enter_hebo_environment() -> None:
    """Restarts the script in a Python that has HEBO."""
    python = HEBO_ENVIRONMENT / "bin" / "python"
    if not python.exists():
        print("Making a Python environment with HEBO", file=sys.stderr)
        venv.create(HEBO_ENVIRONMENT, with_pip=True)
        for packages in HEBO_PACKAGES:
            subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    python_environment.enter_environment(HEBO_ENVIRONMENT, ["hebo", "numpy", "scipy"], [])

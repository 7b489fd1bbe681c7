"""The Python environment of the tests of scripts/optuna: .build/workers, with the package itself from its folder."""

import subprocess
import sys

import python_environment
from python_environment import PROGRAM, ROOT, build_program  # noqa: F401

ENVIRONMENT = ROOT / ".build" / "workers"
PACKAGE = ROOT / "scripts" / "optuna"
PACKAGES = ["optuna>=5", "psycopg2-binary", "numpy", "pytest", "mypy"]


def enter_environment() -> None:
    """Restarts the script in a Python that has Optuna, the driver of PostgreSQL and the package."""
    # The folder scripts/optuna answers to `import optuna`, so a module of the real one is asked for.
    python_environment.enter_environment(
        ENVIRONMENT, ["optuna.study", "psycopg2", "pytest", "mypy", "optuna_resnet_bo"],
        [*PACKAGES, "--editable", str(PACKAGE)])


def install(*packages: str) -> None:
    """Installs other packages of PyPI in the running environment."""
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *packages], check=True)

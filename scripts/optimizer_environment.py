"""The Python environment of the scripts on optimisers: .build/optimizers, made where it is missing."""

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".build" / "optimizers"
PROGRAM = ROOT / ".build" / "release" / "resnet-bo"
PACKAGES = ["torch", "botorch", "optuna", "scikit-optimize", "scikit-learn", "scipy", "numpy", "mpmath"]


def enter_environment() -> None:
    """Continues in a Python that has the other optimisers: the running one, or the environment's."""
    try:
        import botorch, mpmath, optuna, sklearn, skopt, torch  # noqa: F401
        return
    except ImportError:
        pass
    if Path(sys.prefix) == ENVIRONMENT:
        raise SystemExit(f"{ENVIRONMENT} lacks one of {', '.join(PACKAGES)}; remove it and start again")
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        print("Making a Python environment with " + ", ".join(PACKAGES), file=sys.stderr)
        venv.create(ENVIRONMENT, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    os.execv(python, [str(python), *sys.argv])


def build_program() -> None:
    """Builds resnet-bo in release mode."""
    subprocess.run(
        ["swift", "build", "--package-path", ROOT, "--configuration", "release", "--product", "resnet-bo"],
        check=True, stdout=sys.stderr,
    )

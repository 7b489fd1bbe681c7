"""The environments with Optuna that the scripts in this folder use, in .build."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

from python_environment import ROOT, restart_in

# The versions whose journals are tested, the newest first.
OPTUNA_VERSIONS = ["5.0.0", "4.9.0"]


def enter_optuna(version: str) -> ModuleType:
    """Restarts the script in a Python with a version of Optuna, unless it runs in that one; returns the module."""
    environment = ROOT / ".build" / f"optuna-{version}"
    if Path(sys.prefix) != environment:
        # The importances of parameters need scikit-learn.
        restart_in(environment, [f"optuna=={version}", "scikit-learn"])
    module = importlib.import_module("optuna")
    module.logging.set_verbosity(module.logging.WARNING)
    return module

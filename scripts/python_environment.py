"""The Python environments of the scripts in this folder, in .build, created if they are missing."""

import importlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / ".build" / "release" / "resnet-bo"


def enter_environment(environment: Path, modules: list[str], packages: list[str]) -> None:
    """Restarts the script in a Python that has the modules: the running one, or that of the environment, with packages of PyPI."""
    try:
        for module in modules:
            importlib.import_module(module)
        return
    except ImportError:
        pass
    restart_in(environment, packages)


def restart_in(environment: Path, packages: list[str]) -> None:
    """Restarts the script in the Python of an environment, with packages of PyPI."""
    if Path(sys.prefix) == environment:
        raise SystemExit(f"{environment} lacks one of {', '.join(packages)}; remove it and start again")
    python = environment / "bin" / "python"
    if not python.exists():
        print("Making a Python environment with " + ", ".join(packages), file=sys.stderr)
        venv.create(environment, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    os.execv(python, [str(python), *sys.argv])


def build_program() -> None:
    """Builds resnet-bo in release mode, unless RESNET_BO_BUILT says that it is built."""
    if os.environ.get("RESNET_BO_BUILT"):
        return
    subprocess.run(
        ["swift", "build", "--package-path", ROOT, "--configuration", "release", "--product", "resnet-bo"],
        check=True, stdout=sys.stderr,
    )

"""The Python environment of the scripts beside this file: .build/pytorch, made where it is missing."""

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".build" / "pytorch"
PROGRAM = ROOT / ".build" / "release" / "resnet-bo"


def enter_environment() -> None:
    """Continues in a Python that has PyTorch: the running one, or the environment's."""
    try:
        import PIL, numpy, safetensors, torch  # noqa: F401
        return
    except ImportError:
        pass
    if Path(sys.prefix) == ENVIRONMENT:
        raise SystemExit(f"{ENVIRONMENT} lacks torch, numpy, safetensors or pillow; remove it and start again")
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        print("Making a Python environment with PyTorch", file=sys.stderr)
        venv.create(ENVIRONMENT, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "torch", "numpy", "safetensors", "pillow"], check=True)
    os.execv(python, [str(python), *sys.argv])


def build_program() -> None:
    """Builds resnet-bo in release mode."""
    subprocess.run(
        ["swift", "build", "--package-path", ROOT, "--configuration", "release", "--product", "resnet-bo"],
        check=True, stdout=sys.stderr,
    )

"""A Slurm of one node in a temporary folder, for tests: no service of the system. It needs root, as Slurm's programs do."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIGURATION = """
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmdPort={node_port}
SlurmUser=root
AuthType=auth/none
CredType=cred/none
AuthInfo=cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def slurm() -> Iterator[dict[str, str]]:
    """Runs Slurm with one node of four processors; gives the environment for its commands."""
    if os.geteuid() != 0:
        sys.exit("Slurm's programs need root")
    if not shutil.which("slurmctld") or not shutil.which("slurmd"):
        subprocess.run([ROOT / "scripts" / "install-dependencies", "--slurm"], check=True)
    with tempfile.TemporaryDirectory(prefix="resnet-bo-slurm-") as name:
        folder = Path(name)
        (folder / "state").mkdir()
        (folder / "spool").mkdir()
        (folder / "slurm.conf").write_text(CONFIGURATION.format(
            host=socket.gethostname().split(".")[0], folder=folder, port=free_port(), node_port=free_port()))
        environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}
        started = []
        try:
            for words in [["slurmctld", "-D"], ["slurmd", "-D"]]:
                with open(folder / f"{words[0]}.log", "w") as log:
                    started.append(subprocess.Popen(words, env=environment, stdout=log, stderr=log))
                time.sleep(1)
            deadline = time.monotonic() + 60
            while "idle" not in subprocess.run(
                ["sinfo", "--noheader", "--format=%T"], env=environment, capture_output=True, text=True
            ).stdout:
                if time.monotonic() > deadline:
                    sys.exit("Slurm does not start:\n" + "".join(log.read_text() for log in folder.glob("*.log")))
                time.sleep(0.5)
            yield environment
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait()

"""A PostgreSQL server of Debian in a temporary folder, for tests: no service of the system, and no network."""

import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def programs() -> Path:
    """The folder of PostgreSQL's programs, which are installed if they are missing."""
    def newest() -> Path | None:
        return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), default=None)

    if newest() is None:
        subprocess.run([ROOT / "scripts" / "install-dependencies", "--workers"], check=True)
    folder = newest()
    if folder is None:
        sys.exit("PostgreSQL's programs are missing in /usr/lib/postgresql")
    return folder


@contextmanager
def server() -> Iterator[str]:
    """Runs a server, which only the processes of this machine can reach; gives the address of an empty database."""
    folder = programs()
    # PostgreSQL refuses to run as root.
    user = {} if os.geteuid() != 0 else {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
    with tempfile.TemporaryDirectory(prefix="resnet-bo-postgresql-") as scratch:
        if user:
            os.chown(scratch, pwd.getpwnam("nobody").pw_uid, user["group"])
        data = Path(scratch) / "data"

        def run(*words: object) -> None:
            subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL, cwd=scratch, **user)

        run(folder / "initdb", "--pgdata", data, "--username", "tests", "--auth", "trust", "--no-sync")
        # All else is as Debian has it. Nothing here has to survive a power failure.
        options = f"-c listen_addresses='' -c unix_socket_directories='{scratch}' -c fsync=off"
        run(folder / "pg_ctl", "--pgdata", data, "--options", options, "--log", Path(scratch) / "log", "--wait", "start")
        try:
            yield f"postgresql+psycopg2://tests@/postgres?host={scratch}"
        finally:
            run(folder / "pg_ctl", "--pgdata", data, "--mode", "immediate", "--wait", "stop")

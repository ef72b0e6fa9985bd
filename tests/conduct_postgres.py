"""A PostgreSQL server of the tests' own: started as user postgres on a free port, stopped after."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def why_no_postgres() -> str:
    """Return why PostgreSQL cannot be started here; empty if it can."""
    if _programs() is None:
        return "PostgreSQL's server programs are not installed (apt-get install postgresql)"
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        return "root cannot start PostgreSQL without runuser"
    return ""


@dataclass(frozen=True)
class Cluster:
    """A running server: superuser `postgres`, no password, loopback only."""

    folder: Path
    port: int
    # What survives a killed server does not hang on fsync, only what survives a power cut.
    fsync: bool = False

    def url(self, database: str, role: str = "postgres") -> str:
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the superuser, each in a transaction of its own."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def start(self) -> None:
        fsync = "on" if self.fsync else "off"
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync={fsync}"
        as_postgres(_programs() / "pg_ctl", "-D", self.folder / "data", "-w", "-o", options,
                    "-l", self.folder / "log", "start", cwd=self.folder)  # fmt: skip

    def kill(self) -> None:
        """Kill the server and each of its backends at once, as a crash does (kill -9)."""
        master = int((self.folder / "data" / "postmaster.pid").read_text().split("\n")[0])
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        for process in [master, *map(int, children)]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while Path(f"/proc/{master}").exists():
            time.sleep(0.02)


def as_postgres(*command: str | Path, cwd: Path) -> None:
    """Run a command as user postgres (or as this user, where it is not root)."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*prefix, *map(str, command)], cwd=cwd, check=True, capture_output=True)


@contextmanager
def start_cluster(*, fsync: bool = False) -> Iterator[Cluster]:
    """Start a server in a folder of its own and stop it at the end."""
    programs = _programs()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="adjuvant-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        as_postgres(programs / "initdb", "-D", folder / "data", "-A", "trust",
                    "--locale=C.UTF-8", cwd=folder)  # fmt: skip
        cluster = Cluster(folder, port, fsync)
        cluster.start()
        yield cluster
    finally:
        as_postgres(programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop",
                    cwd=folder)  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)

"""A PostgreSQL server that exists only meanwhile, for tests; or for one command, which finds it in DATABASE_URL.

The cluster lives in a temporary folder, listens on a unix socket in it and nowhere else, and is
stopped and deleted at the end, however it ends.

    python -m tests.throwaway_postgres pytest tests
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Nobody will read this data after a crash, so the server need not wait for the disk.
SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
}


class Cluster:
    """One server with its data in the folder `home`. Raises CalledProcessError where a tool of the server fails."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._tools = _newest_server()
        self._run("initdb", "-U", "tests", "-A", "trust", "-E", "UTF8")

    @property
    def url(self) -> str:
        return f"postgresql://tests@/postgres?host={self._home}"

    def start(self) -> None:
        settings = "".join(f" -c {name}={value}" for name, value in SETTINGS.items())
        self._run("pg_ctl", "-l", self._home / "log", "-w", "-o", f"-k {self._home}{settings}", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-m", "immediate", "-w", "stop")

    def pause(self) -> None:
        """Let it hang: it takes connections and says nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        postmaster = int((self._home / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for process in (postmaster, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(process, number)

    def _run(self, tool: str, *arguments: str | Path) -> None:
        """Run a server tool, as the postgres user where we are root, because initdb refuses root."""
        user = "postgres" if os.geteuid() == 0 else None
        # A file and no pipe: the server would hold an inherited pipe open for its whole life.
        with (self._home / "output").open("a") as output:
            subprocess.run(
                [str(part) for part in (self._tools / tool, "-D", self._home / "data", *arguments)],
                cwd=self._home,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=True,
            )


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A server of one's own. Exits with what the server wrote where it does not start."""
    # A unix socket's path may have about a hundred characters: the usual TMPDIR can be too long.
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp" if os.access("/tmp", os.W_OK) else None))
    try:
        if os.geteuid() == 0:
            shutil.chown(home, "postgres")
        try:
            cluster = Cluster(home)
            cluster.start()
        except subprocess.CalledProcessError as error:
            logs = [home / name for name in ("output", "log")]
            sys.exit("\n".join([str(error), *(log.read_text() for log in logs if log.exists())]))
        try:
            yield cluster
        finally:
            with suppress(subprocess.CalledProcessError):  # stopped already
                cluster.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _newest_server() -> Path:
    """Return the folder with initdb and pg_ctl: Debian keeps one for each version off the PATH."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: int(path.parent.name))
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    sys.exit("PostgreSQL is not installed: run tests/system_packages.")


def main(command: list[str]) -> int:
    if not command:
        sys.exit("Say which command to run, such as: python -m tests.throwaway_postgres pytest tests")
    # Turned into an exception, so that a cancelled run still cleans up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with running_cluster() as cluster:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": cluster.url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Run a command with DATABASE_URL naming a PostgreSQL server that exists only meanwhile.

The cluster lives in a temporary folder, listens on a unix socket in it and nowhere else, and is
stopped and deleted when the command ends, however it ends.

    python -m tests.throwaway_postgres pytest tests
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

# Nobody will read this data after a crash, so the server need not wait for the disk.
SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
}


def main(command: list[str]) -> int:
    if not command:
        sys.exit("Say which command to run, such as: python -m tests.throwaway_postgres pytest tests")
    # Turned into an exception, so that a cancelled run still cleans up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    server = _newest_server()
    # A unix socket's path may have about a hundred characters: the usual TMPDIR can be too long.
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp" if os.access("/tmp", os.W_OK) else None))
    try:
        if os.geteuid() == 0:
            shutil.chown(home, "postgres")
        _as_postgres([server / "initdb", "-D", home / "data", "-U", "tests", "-A", "trust", "-E", "UTF8"], home)
        settings = "".join(f" -c {name}={value}" for name, value in SETTINGS.items())
        start: list[str | Path] = [server / "pg_ctl", "-D", home / "data", "-l", home / "log", "-w"]
        _as_postgres([*start, "-o", f"-k {home}{settings}", "start"], home)
        try:
            environment = {**os.environ, "DATABASE_URL": f"postgresql://tests@/postgres?host={home}"}
            return subprocess.run(command, env=environment, check=False).returncode
        finally:
            _as_postgres([server / "pg_ctl", "-D", home / "data", "-m", "immediate", "-w", "stop"], home)
    except subprocess.CalledProcessError as error:
        logs = [home / name for name in ("output", "log")]
        sys.exit("\n".join([str(error), *(log.read_text() for log in logs if log.exists())]))
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


def _as_postgres(command: list[str | Path], home: Path) -> None:
    """Run a server tool, as the postgres user where we are root, because initdb refuses root."""
    user = "postgres" if os.geteuid() == 0 else None
    # A file and no pipe: the server would hold an inherited pipe open for its whole life.
    with (home / "output").open("a") as output:
        subprocess.run(
            [str(part) for part in command],
            cwd=home,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=True,
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

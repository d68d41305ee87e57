"""One process of this machine at a time. Pure but for the file that they agree by."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_EVERY = 0.02  # seconds


class Busy(Exception):
    """Another process has not done within the time that there was to wait for it."""


@contextmanager
def my_turn(file: Path, patience: float) -> Iterator[None]:
    """Wait, at most that many seconds, until no other process is within this for the same file, and be the one.

    The file is made, with its folder, and stays. Raises Busy, and OSError where it can't be made.
    """
    until = time.monotonic() + patience
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as held:  # closing it lets the lock go, and so does a crash
        while not _locked(held.fileno()):
            if time.monotonic() > until:
                raise Busy("Another process does not end what it does with the same file.")
            time.sleep(_EVERY)
        yield


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

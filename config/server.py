"""Serve the site: WSGI, a few threads a worker, a short queue before each.

    python -m config.server 127.0.0.1 8000

It reads the same environment as the site does, and WORKERS. `make run`, systemd and the container all end in it.
"""

import argparse
import signal
import sys
import threading
import time
from collections import deque
from typing import Any, override

from django.core.exceptions import ImproperlyConfigured
from granian.constants import Interfaces
from granian.log import LogLevels, logger
from granian.server import MPServer

from config import env

FORGIVEN_AFTER = 60.0
"""Seconds after which a worker's violent end no longer makes the next one wait."""
LONGEST_PAUSE = 30.0


class Server(MPServer):
    """Granian, which does not give up for workers that something killed.

    By itself it takes one worker that ends twice within 5.5 seconds for an application that can't run, and stops the
    other workers too. That is right for a worker that ends by itself, such as on a setting that is missing. But the
    system kills when memory is short, and it may well do so several times: such a worker is replaced each time, after
    a pause that doubles, while the others go on.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._kills: deque[float] = deque()

    @override
    def _respawn_workers(self, workers: list[int], *args: Any, **options: Any) -> None:
        killed = [number for number in workers if (self.wrks[number].inner.exitcode or 0) < 0]
        if killed:
            self._pause()
        if self.interrupt_signal:  # asked to stop meanwhile
            return
        super()._respawn_workers(workers, *args, **options)
        for number in killed:
            self.respawned_wrks.pop(number, None)

    def _pause(self) -> None:
        now = time.monotonic()
        self._kills.append(now)
        while now - self._kills[0] > FORGIVEN_AFTER:
            self._kills.popleft()
        pause = min(0.05 * 2 ** len(self._kills), LONGEST_PAUSE)
        logger.warning(f"A worker was killed, {len(self._kills)} within a minute; the next begins in {pause:.1f} s")
        self.main_loop_interrupt.wait(pause)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m config.server", description="Serve the site.")
    parser.add_argument("host", help="the address to listen at")
    parser.add_argument("port", type=int)
    parser.add_argument("application", nargs="?", default="config.wsgi:application", help="%(default)s by default")
    parser.add_argument("--patience", type=int, default=30, help="seconds for requests to end, %(default)s by default")
    wanted = parser.parse_args(arguments)
    try:
        workers = env.integer("WORKERS", default=2, minimum=1, maximum=100)
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    _take_ctrl_c_for_the_workers()
    Server(
        wanted.application,
        address=wanted.host,
        port=wanted.port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        backpressure=64,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=wanted.patience,
        log_level=LogLevels.warning,
        log_access=False,
    ).serve()


def _take_ctrl_c_for_the_workers() -> None:
    """Turn Ctrl-C into one SIGTERM for this process, which then stops its workers.

    A terminal sends SIGINT to the workers too. Some of those that then get a SIGTERM on top of it
    never finish stopping, and would be killed after the timeout. Workers inherit the signal mask.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

    def wait_and_pass_on() -> None:
        while True:
            signal.sigwait({signal.SIGINT})
            # To the main thread by name: a signal that another thread gets does not wake it.
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)

    threading.Thread(target=wait_and_pass_on, daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1:])

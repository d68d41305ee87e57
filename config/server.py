"""Serve on this machine the production way: WSGI, a few threads a worker, a short queue before each.

What `make run` becomes once the site is prepared; it reads the same environment as the site does.
"""

import signal
import sys
import threading
import time
from collections import deque
from typing import Any, override

from granian.constants import Interfaces
from granian.log import LogLevels, logger
from granian.server import MPServer

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


def main(host: str, port: int, application: str = "config.wsgi:application") -> None:
    _take_ctrl_c_for_the_workers()
    Server(
        application,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=2,
        blocking_threads=4,
        backpressure=64,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=3,
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
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])

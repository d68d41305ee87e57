"""Serve on this machine the production way: WSGI, a few threads a worker, a short queue before each.

What `make run` becomes once the site is prepared; it reads the same environment as the site does.
"""

import signal
import sys
import threading

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels


def main(host: str, port: int, application: str = "config.wsgi:application") -> None:
    _take_ctrl_c_for_the_workers()
    Granian(
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

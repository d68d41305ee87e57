"""Bring up the whole site on this machine: `make run` for a look, `make dev` for working on it.

Everything lives in var/: the secret key, the SQLite database, uploads and static files. A second
start finds it all there and only does what has changed.
"""

import contextlib
import hashlib
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
FIXTURES = BASE_DIR / "fixtures"
HOST = "127.0.0.1"


class CannotStart(Exception):
    """Carries one sentence for the person at the terminal."""


def main(arguments: list[str]) -> None:
    reloading = arguments == ["--reload"]
    port = free_port()
    os.chdir(BASE_DIR)
    VAR_DIR.mkdir(exist_ok=True)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ["DEBUG"] = str(reloading)
    os.environ.setdefault("SITE_URL", f"http://{HOST}:{port}")
    if not any(os.environ.get(name) for name in ("SECRET_KEY", "SECRET_KEY_FILE")):
        os.environ["SECRET_KEY_FILE"] = str(secret_key_file())

    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise CannotStart(str(error)) from None

    migrate()
    load_first_content()
    if not reloading:
        collect_static()
    make_first_editor()
    print(f"Open http://{HOST}:{port}/ in your browser; Ctrl-C stops the site.", flush=True)
    if reloading:
        _become(["manage.py", "runserver", f"{HOST}:{port}"])
    _become(["-m", "config.server", "--patience", "3", HOST, str(port)])


def free_port() -> int:
    value = os.environ.get("PORT") or "8000"
    if not (value.isascii() and value.isdecimal() and len(value) <= 5 and 1 <= int(value) <= 65535):
        raise CannotStart(f"PORT={value} is not a port: use a number from 1 to 65535.")
    port = int(value)
    with socket.socket() as probe:
        # Without this, a port that a server left a moment ago still counts as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise CannotStart(f"Port {port} needs more rights: use one above 1023, as in PORT=8001.") from None
        except OSError:
            raise CannotStart(
                f"Port {port} is taken by another program: stop it, or choose another port with"
                f" PORT={port + 1 if port < 65535 else 8000}."
            ) from None
    return port


def secret_key_file() -> Path:
    path = VAR_DIR / "secret-key"
    if not path.exists():
        # Written aside and renamed: an interrupted start must not leave an empty key behind.
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        draft.rename(path)
    return path


def migrate() -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print("Preparing the database …", flush=True)
        call_command("migrate", interactive=False, verbosity=0)


def load_first_content() -> None:
    from django.core.management import CommandError, call_command

    from kb.models import Article

    if FIXTURES.is_dir() and not Article.objects.exists():
        try:
            call_command("load_content", str(FIXTURES))
        except CommandError as error:
            raise CannotStart(f"The content in fixtures/ was not loaded: {error}") from None


def collect_static() -> None:
    from django.conf import settings
    from django.core.management import call_command

    collected = Path(settings.STATIC_ROOT)
    stamp = collected.with_name(f"{collected.name}.sources")
    sources = _static_sources()
    if stamp.exists() and stamp.read_text() == sources and collected.is_dir():
        return
    print("Collecting and compressing static files …", flush=True)
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(sources)


def _static_sources() -> str:
    """Return a digest of every static file's name and content, of ours and of our packages."""
    from django.contrib.staticfiles import finders

    digest = hashlib.sha256()
    for finder in finders.get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            content = Path(storage.path(name)).read_bytes()
            digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()


def make_first_editor() -> None:
    from django.contrib.auth import get_user_model

    users = get_user_model().objects
    if users.exists():
        return
    password = secrets.token_urlsafe(12)
    users.create_superuser("editor", password=password)
    print(f"First editor, shown only this once: name editor, password {password} (sign in at /admin/).")


def _become(arguments: list[str]) -> NoReturn:
    """Replace this process, so that Ctrl-C and a supervisor's signals reach the server itself."""
    from django.db import connections

    connections.close_all()
    sys.stdout.flush()
    # The rule S606 asks to look at every program that is started without a shell. Looked at: it is the Python that runs
    # this, its arguments are written in this file but for the port, which is a checked number, and a shell could only
    # read something into them.
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606  # for the reason above


@contextlib.contextmanager
def _one_sentence() -> Iterator[None]:
    try:
        yield
    except CannotStart as sentence:
        sys.exit(str(sentence))
    except KeyboardInterrupt:
        sys.exit("\nStopped before the site was up; the next start carries on from here.")


if __name__ == "__main__":
    with _one_sentence():
        main(sys.argv[1:])

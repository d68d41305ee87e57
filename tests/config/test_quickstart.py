import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth import authenticate, get_user_model

from config import quickstart
from kb.desk import write_document
from kb.models import Edition
from tests.factories import a_guide

ROOT = Path(__file__).parents[2]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((quickstart.HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_a_taken_port_is_refused_with_one_sentence_that_names_another(taken_port):
    done = run([sys.executable, "-m", "config.quickstart"], PORT=str(taken_port))

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f"Port {taken_port} is taken by another program: stop it, or choose another port with PORT={taken_port + 1}.\n"
    )


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "80.5", "0000000080000000", "٨٠٠٠", "9" * 5000])
def test_a_malformed_port_is_refused_with_one_sentence(port):
    done = run([sys.executable, "-m", "config.quickstart"], PORT=port)

    assert done.returncode == 1
    assert done.stderr == f"PORT={port} is not a port: use a number from 1 to 65535.\n"


def test_a_malformed_setting_is_one_sentence_and_no_traceback():
    done = run([sys.executable, "-m", "config.quickstart"], PORT="18999", SITE_URL="feeds.example")

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "SITE_URL must be the site's address and nothing more, such as https://feeds.example."
    ]


@pytest.mark.parametrize("target", ["run", "dev", "test"])
def test_a_machine_without_a_suitable_python_is_told_so_in_one_sentence(target):
    # `false` is there and runs, as an old interpreter or a version manager's shim would.
    done = run(["make", target, "CANDIDATES=no-such-python false", "MANAGED="])

    assert done.returncode == 2
    sentence, farewell_of_make = done.stderr.splitlines()
    assert sentence.startswith("No Python 3.12 or newer was found: install one")
    assert farewell_of_make.startswith("make")


def test_the_secret_key_is_made_once_and_for_its_owner_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(quickstart, "VAR_DIR", tmp_path)

    path = quickstart.secret_key_file()
    key = path.read_text()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(key) >= 50
    assert quickstart.secret_key_file().read_text() == key


@pytest.mark.django_db
def test_the_first_editor_can_sign_in_with_the_password_printed(capsys):
    quickstart.make_first_editor()

    printed = capsys.readouterr().out
    password = printed.partition("password ")[2].split()[0]
    editor = authenticate(username="editor", password=password)
    assert editor is not None
    assert editor.is_superuser


@pytest.mark.django_db
def test_no_editor_is_made_where_there_is_a_user(capsys):
    get_user_model().objects.create_user("somebody")

    quickstart.make_first_editor()

    assert capsys.readouterr().out == ""
    assert get_user_model().objects.count() == 1


@pytest.mark.usefixtures("empty_site")
def test_content_is_loaded_where_there_is_no_article_yet(tmp_path, monkeypatch):
    shutil.copy(quickstart.FIXTURES / "manual-import.md", tmp_path)
    monkeypatch.setattr(quickstart, "FIXTURES", tmp_path)

    quickstart.load_first_content()

    assert Edition.objects.get().number > 0


@pytest.mark.usefixtures("empty_site")
def test_content_is_left_alone_once_there_is_a_draft(monkeypatch):
    write_document(a_guide("102"))
    monkeypatch.setattr("django.core.management.call_command", pytest.fail)

    quickstart.load_first_content()


@pytest.fixture
def static_source(settings, tmp_path: Path) -> Path:
    """One static file of a site that has no other, and an empty place to collect it in."""
    source = tmp_path / "source" / "site.css"
    source.parent.mkdir()
    source.write_text("body { color: black }")
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATICFILES_DIRS = [source.parent]
    settings.STATIC_ROOT = tmp_path / "static"
    return source


def test_static_files_are_collected_when_one_has_changed(static_source, settings):
    quickstart.collect_static()
    static_source.write_text("body { color: white }")

    quickstart.collect_static()

    assert (settings.STATIC_ROOT / "site.css").read_text() == "body { color: white }"


def test_static_files_are_not_collected_again_when_none_has_changed(static_source, settings):
    quickstart.collect_static()
    witness = settings.STATIC_ROOT / "witness"
    witness.touch()

    quickstart.collect_static()

    assert witness.exists()


def test_an_interrupted_collection_is_done_again(static_source, settings, monkeypatch):
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("django.core.management.call_command", interrupt)
        with pytest.raises(KeyboardInterrupt):
            quickstart.collect_static()

    quickstart.collect_static()

    assert (settings.STATIC_ROOT / "site.css").exists()

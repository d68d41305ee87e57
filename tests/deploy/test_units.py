"""What runs the site on one machine: the units of systemd, and the command for everything by hand."""

import re

import pytest
from django.conf import settings

DEPLOY = settings.BASE_DIR / "deploy"
UNITS = ("feeds.service", "feeds-nightly.service")


def told(name: str) -> dict[str, str]:
    """As whom, where and with which settings a unit runs."""
    return dict(
        re.findall(r"^(User|WorkingDirectory|EnvironmentFile)=(.+)$", (DEPLOY / name).read_text(), re.MULTILINE)
    )


@pytest.mark.parametrize("unit", UNITS)
def test_commands_by_hand_run_as_the_site_does(unit):
    script = (DEPLOY / "manage").read_text()
    service = told(unit)

    assert f"--uid={service['User']} " in script
    assert f"--working-directory={service['WorkingDirectory']} " in script
    assert f":-{service['EnvironmentFile']}}}" in script
    assert f"{service['WorkingDirectory']}/.venv/bin/python manage.py" in script


def test_nobody_is_told_to_run_a_command_as_root():
    text = (settings.BASE_DIR / "docs/operating.md").read_text()
    commands = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]

    assert not [line for line in commands if "manage.py" in line and not line.startswith("docker compose exec")]
    assert any(line.startswith("deploy/manage migrate") for line in commands)


def test_the_command_can_be_run():
    assert (DEPLOY / "manage").stat().st_mode & 0o111 == 0o111

"""compose.yaml, as far as it can be read: what each container keeps, is told, and is not told."""

import re
from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml
from django.conf import settings

NODES = ("node1", "node2")
OF_THE_SITE = ("migrated", *NODES)


@pytest.fixture
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((settings.BASE_DIR / "compose.yaml").read_text())["services"]
    return found


def volume_of(service: dict[str, Any], path: str) -> str:
    """The volume that holds this path in a container, as the deepest of those that are mounted above it."""
    mounted = [volume.split(":") for volume in service["volumes"]]
    above = [(name, at) for name, at, *_ in mounted if PurePosixPath("/site", path).is_relative_to(at)]
    return max(above, key=lambda mount: len(mount[1]))[0]


@pytest.mark.parametrize("path", ["var/search", "var/edition.sqlite3"])
def test_each_node_has_its_own_search_index_and_copy_of_the_edition(services, path):
    volumes = [volume_of(services[node], path) for node in NODES]

    assert len(set(volumes)) == len(NODES)


def test_both_nodes_show_the_same_pictures(services):
    assert {volume_of(services[node], "var/media/pictures") for node in NODES} == {"media"}


def test_nginx_logs_where_its_container_hands_logs_on():
    """Its image links these two names, and no others, to the standard output and the standard error."""
    named = re.findall(r"^\s*(?:access|error)_log (\S+)", (settings.BASE_DIR / "deploy/nginx.conf").read_text(), re.M)

    assert set(named) - {"off;"} == {"/var/log/nginx/access.log"}


def settings_of_the_readme() -> set[str]:
    table = (settings.BASE_DIR / "README.md").read_text().partition("## Settings")[2]
    return set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE))


@pytest.mark.parametrize("name", OF_THE_SITE)
def test_every_setting_reaches_the_site_from_the_file_env(services, name):
    service = services[name]
    fixed = {setting for setting, value in service["environment"].items() if not value.startswith(f"${{{setting}:")}

    assert service["env_file"] == ".env"
    assert fixed & settings_of_the_readme() == {"DATABASE_URL"}


@pytest.mark.parametrize("name", ["database", "nginx"])
def test_the_secrets_of_the_site_are_told_to_nobody_else(services, name):
    told = services[name].get("environment", {})

    assert "env_file" not in services[name]
    assert set(told) <= {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}


@pytest.mark.parametrize("name", OF_THE_SITE)
def test_the_site_knows_the_password_of_the_database_from_one_place(services, name):
    told = [setting for setting, value in services[name]["environment"].items() if "POSTGRES_PASSWORD" in value]

    assert told == ["DATABASE_URL"]
    assert services[name]["environment"]["POSTGRES_PASSWORD"] == ""

"""compose.yaml, as far as it can be read: what each container keeps, is told, and is not told."""

from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml
from django.conf import settings

NODES = ("node1", "node2")


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

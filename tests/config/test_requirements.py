"""The pinned packages, and where the image and the documents take them from."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = ("base", "sentry", "dev")


def text_of(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def pins(name: str) -> dict[str, tuple[str, frozenset[str]]]:
    """The packages of a file: their versions and the hashes of their files."""
    found = re.findall(r"^([a-z0-9-]+)==(\S+) \\\n((?: {4}--hash=\S+(?: \\)?\n)+)", text_of(name), re.MULTILINE)
    return {package: (version, frozenset(re.findall(r"sha256:[0-9a-f]{64}", held))) for package, version, held in found}


@pytest.mark.parametrize("name", FILES)
def test_every_package_is_pinned_by_hash_and_no_address_is_named(name):
    listed = re.findall(r"^[A-Za-z0-9-]+", text_of(name), re.MULTILINE)

    assert sorted(pins(name)) == sorted(listed)
    assert "://" not in text_of(name)
    assert "index-url" not in text_of(name)


def test_with_sentry_the_site_is_served_from_the_packages_that_the_tests_run_on():
    with_sentry = pins("sentry")

    assert with_sentry["sentry-sdk"] == pins("dev")["sentry-sdk"]
    assert pins("base").items() < with_sentry.items()
    assert with_sentry.items() <= pins("dev").items()


def test_the_image_can_report_to_sentry():
    installed = re.findall(r"--require-hashes -r requirements/(\w+)\.txt", (ROOT / "Dockerfile").read_text())

    assert any("sentry-sdk" in pins(name) for name in installed)


@pytest.mark.parametrize("name", ["README.md", "docs/operating.md", "config/sentry.py"])
def test_nobody_is_told_to_install_sentry_without_its_pin(name):
    text = (ROOT / name).read_text()

    assert "pip install sentry-sdk" not in text
    assert "--require-hashes -r requirements/sentry.txt" in text

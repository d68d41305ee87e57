"""Compile pyproject.toml into base.txt, sentry.txt and dev.txt: exact versions, every file's hash, no address.

The hashes must be those of the public index for every platform, so this machine's own pip
settings (mirrors, folders of wheels) are left out. Arguments are handed on to pip-compile.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = [
    "--quiet",
    "--generate-hashes",
    "--allow-unsafe",
    "--strip-extras",
    "--annotation-style=line",
    "--no-emit-options",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-emit-trusted-host",
]


def main(arguments: list[str]) -> None:
    environment = {**os.environ, "PIP_CONFIG_FILE": os.devnull}
    for name in ("PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        environment.pop(name, None)
    environment["CUSTOM_COMPILE_COMMAND"] = "make requirements"
    # The others take base.txt as their constraint, so the tests run on what is served.
    for sources in (
        ["--output-file=requirements/base.txt"],
        ["--output-file=requirements/sentry.txt", "--extra=sentry", "--constraint=requirements/base.txt"],
        ["--output-file=requirements/dev.txt", "--extra=dev", "--constraint=requirements/base.txt"],
    ):
        command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, *arguments, *sources]
        subprocess.run([*command, "pyproject.toml"], cwd=ROOT, env=environment, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])

"""The API does what its own description says, whatever is sent to it."""

import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import Site

EXAMPLES = 25  # for each of five operations, beside those at the borders of what is described
SECONDS = 300  # it takes about twenty on a machine that does nothing else


def test_nothing_that_is_sent_is_answered_otherwise_than_described(site: Site, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            "run",
            f"{site.url}/api/openapi.json",
            f"--max-examples={EXAMPLES}",
            "--generation-deterministic",
            "--no-color",
        ],
        cwd=tmp_path,  # where it leaves notes of its run
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Tested: 5" in done.stdout
    assert "No issues found" in done.stdout

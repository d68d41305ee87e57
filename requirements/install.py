"""Make .venv hold exactly what requirements/base.txt or dev.txt pins.

Runs before any package is installed, so it uses the standard library only. A stamp in
.venv, written last, says which files were installed whole: without it the environment is
thrown away and made anew, so an interrupted installation is never trusted.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed"
LOG = ROOT / "var" / "install.log"
# dev.txt is compiled with base.txt as a constraint, so it brings all of base.txt along.
BRINGS = {"base": ("base",), "dev": ("base", "dev")}


def main() -> int:
    wanted = sys.argv[1]
    lines = [f"{name} {_digest(name)}" for name in BRINGS[wanted]]
    installed = _installed()
    if lines[-1] in installed:
        return 0

    print(f"Installing the packages pinned in requirements/{wanted}.txt …", flush=True)
    STAMP.unlink(missing_ok=True)
    if not installed and not _made_empty():
        print(
            "Could not make a virtual environment in .venv: install Python's venv module"
            " (on Debian: apt-get install python3-venv) and run the command again;"
            f" details are in {_relative(LOG)}.",
            file=sys.stderr,
        )
        return 1
    pip = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--no-input", "--retries=2"]
    pip += ["--disable-pip-version-check", "--timeout=20", "-r", f"requirements/{wanted}.txt"]
    if not _succeeds(pip):
        print(_reason(LOG.read_text(errors="replace")), file=sys.stderr)
        return 1
    STAMP.write_text("\n".join(lines) + "\n")
    return 0


def _digest(name: str) -> str:
    return hashlib.sha256((ROOT / "requirements" / f"{name}.txt").read_bytes()).hexdigest()


def _installed() -> list[str]:
    """Return the stamp's lines, or nothing when the environment cannot be trusted."""
    try:
        # The interpreter that .venv points at may have been removed or upgraded since.
        subprocess.run([PYTHON, "-c", "import pip"], check=True, capture_output=True)
        return STAMP.read_text().splitlines()
    except (OSError, subprocess.CalledProcessError):
        return []


def _made_empty() -> bool:
    shutil.rmtree(VENV, ignore_errors=True)
    return _succeeds([sys.executable, "-m", "venv", str(VENV)])


def _succeeds(command: list[str]) -> bool:
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("w") as log:
        done = subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, check=False)
    return done.returncode == 0


def _reason(log: str) -> str:
    where = f"details are in {_relative(LOG)}."
    if "DO NOT MATCH THE HASHES" in log:
        return (
            "A downloaded package does not match its pinned hash and was not installed: check the"
            f" package index this machine uses, then run the command again; {where}"
        )
    if "No space left" in log:
        return f"The disk is full: free some space and run the command again; {where}"
    return (
        "Could not download the pinned packages: connect this machine to the internet"
        f" (or to your package mirror) and run the command again; {where}"
    )


def _relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nInstallation interrupted: run the command again to start over.", file=sys.stderr)
        sys.exit(130)

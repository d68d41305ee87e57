"""The flag by which a command replaces words that nothing but the desk holds."""

from argparse import ArgumentParser

from kb.importing import losing


def add_overwrite(parser: ArgumentParser) -> None:
    """Add the flag to a command’s arguments."""
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace desk copies even where they have changes that were never published",
    )


def keep_or_overwrite(file: object, name: str, identity: str) -> str:
    """Why a desk copy is not replaced, and both ways on."""
    keep = f"export_content DIR {identity} --desk"
    return f"{losing(str(file), name)} Keep them with “{keep}”, or give them up with --overwrite."

from collections.abc import Callable
from pathlib import Path

import pytest

from kb.document import Document, dump


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, Document | str | bytes], Path]:
    """Write a file of this name; a document is written as its text."""

    def write(name: str, content: Document | str | bytes) -> Path:
        path = tmp_path / name
        text = dump(content) if isinstance(content, Document) else content
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write

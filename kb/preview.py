"""What the Markdown editor shows beside a text: the HTML that readers would see, by the same renderer."""

from kb.edition import current
from kb.links import source_marks_in
from kb.markdown import Renderer


def render(text: str) -> str:
    """Render one prose field. Sources are numbered in the order of their marks, since the document is not at hand."""
    marks = {key: number for number, key in enumerate(dict.fromkeys(source_marks_in(text)), start=1)}
    return Renderer(current().resolve(), marks).block(text)

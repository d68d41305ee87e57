"""A progress bar for commands: one line that redraws itself on a terminal, plain lines elsewhere."""

from collections.abc import Collection, Iterator

from django.core.management.base import OutputWrapper

WIDTH = 24


def progress[T](items: Collection[T], label: str, out: OutputWrapper) -> Iterator[T]:
    """Yield `items`, drawing how far they have come."""
    total = len(items)
    is_terminal = out.isatty()
    for done, item in enumerate(items, start=1):
        yield item
        if is_terminal:
            filled = WIDTH * done // total
            out.write(f"\r{label} [{'#' * filled}{'.' * (WIDTH - filled)}] {done} of {total}")
            out.flush()
    out.write("\n" if is_terminal else f"{label}: {total} of {total}\n")

"""A progress bar for commands: one line that redraws itself on a terminal, plain lines elsewhere."""

from collections.abc import Iterable, Iterator, Sized

from django.core.management.base import OutputWrapper

WIDTH = 24


def progress[T](items: Iterable[T], label: str, out: OutputWrapper) -> Iterator[T]:
    """Yield `items`, drawing how far they have come. `items` must know their length."""
    total = len(items) if isinstance(items, Sized) else 0
    is_terminal = out.isatty()
    for done, item in enumerate(items, start=1):
        yield item
        if is_terminal:
            filled = WIDTH * done // max(total, 1)
            out.write(f"\r{label} [{'#' * filled}{'.' * (WIDTH - filled)}] {done} of {total}")
            out.flush()
    out.write("\n" if is_terminal else f"{label}: {total} of {total}\n")

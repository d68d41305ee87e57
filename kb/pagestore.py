"""Pages that were made already, kept until the edition moves on. Bounded: what was asked for longest ago goes first."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

PAGES_KEPT = 1_000
LONGEST_ADDRESS = 500  # characters; longer ones are nobody's bookmark


@dataclass(frozen=True)
class KeptPage:
    """The body of a page as it was sent, and the headers that belong to the body."""

    body: bytes
    headers: tuple[tuple[str, str], ...]


class PageStore:
    """The pages of one edition by address and encoding."""

    def __init__(self, most: int = PAGES_KEPT) -> None:
        self._most = most
        self._pages: OrderedDict[tuple[str, str], KeptPage] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, address: str, encoding: str) -> KeptPage | None:
        with self._lock:
            page = self._pages.get((address, encoding))
            if page is not None:
                self._pages.move_to_end((address, encoding))
            return page

    def put(self, address: str, encoding: str, page: KeptPage) -> None:
        if len(address) > LONGEST_ADDRESS:
            return
        with self._lock:
            self._pages[address, encoding] = page
            while len(self._pages) > self._most:
                self._pages.popitem(last=False)

"""What a handful of reports says about the share of people whom an action helps. Pure."""

from dataclasses import dataclass
from math import ceil, floor, sqrt

TWO_SIDED_95 = 1.959963984540054
"""The normal quantile of 0.975."""

ENOUGH = 20
"""With fewer reports than this, a percentage would say more than is known."""


def wilson(successes: int, total: int, z: float = TWO_SIDED_95) -> tuple[float, float]:
    """The Wilson score interval of a share, both ends within 0..1; no reports leave everything open.

    (p + z²/2n ± z·√(p(1-p)/n + z²/4n²)) / (1 + z²/n), here multiplied out by n. Source: E. B. Wilson, Journal of the
    American Statistical Association 22 (1927), pages 209-212. Raises ValueError unless 0 <= successes <= total.
    """
    if not 0 <= successes <= total:
        raise ValueError(f"{successes} of {total} is not a share")
    if total == 0:
        return 0.0, 1.0
    failures = total - successes
    middle = successes + z * z / 2
    reach = z * sqrt(successes * failures / total + z * z / 4)
    low = 0.0 if successes == 0 else (middle - reach) / (total + z * z)
    high = 1.0 if failures == 0 else (middle + reach) / (total + z * z)
    return low, high


@dataclass(frozen=True)
class Tally:
    """What visitors reported of one action. Those who can't say yet are not in the denominator."""

    yes: int = 0
    no: int = 0
    not_yet: int = 0

    @property
    def total(self) -> int:
        return self.yes + self.no

    @property
    def is_enough(self) -> bool:
        return self.total >= ENOUGH

    @property
    def interval(self) -> tuple[int, int]:
        """The 95 % interval in whole percent, rounded outwards so that it never claims more than the exact one."""
        low, high = wilson(self.yes, self.total)
        return floor(100 * low), ceil(100 * high)

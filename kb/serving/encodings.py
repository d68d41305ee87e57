"""Which compression an answer may have. Pure."""

import re

PLAIN = "identity"


def preferred_encoding(accepted: str) -> str:
    """`br`, `gzip` or `identity` for an Accept-Encoding header, however odd; what it refuses (`q=0`) is not used."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(",")[:20]:
        name, _, parameters = part.partition(";")
        weight = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", parameters) if parameters else None
        if parameters and weight is None:
            continue
        weights[name.strip()] = float(weight[1]) if weight else 1.0
    offered = [(weights.get(name, weights.get("*", 0.0)), name) for name in ("br", "gzip")]
    best = max(offered, key=lambda offer: offer[0])
    return best[1] if best[0] > 0 else PLAIN

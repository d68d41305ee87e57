"""The addresses of a triage walk: the node in the path, the answers so far in the query, in walking order."""

from urllib.parse import urlencode

from django.urls import reverse

from kb.flow import Flow, Jump, Trail


def start_address(identity: str, *, is_chooser: bool = False) -> str:
    """The first question of an article's flow."""
    return reverse("triage:choose") if is_chooser else reverse("triage:start", args=[identity])


def step_address(
    identity: str,
    flow: Flow,
    node: str,
    trail: Trail,
    *,
    is_chooser: bool = False,
    revision: int | None = None,
    form: str = "",
) -> str:
    """The one address of `node` after the answers of `trail`; pinned to `revision`, in another `form`, if given."""
    path = (
        start_address(identity, is_chooser=is_chooser)
        if node == flow.start and not trail
        else reverse("triage:step", args=[identity, node])
    )
    return with_walk(path, trail, revision=revision, form=form)


def with_walk(path: str, trail: Trail, *, revision: int | None = None, form: str = "") -> str:
    """An address that keeps the answers of `trail`; pinned to `revision`, in another `form`, if given."""
    query = urlencode([*trail, *([("v", revision)] if revision else []), *([("as", form)] if form else [])])
    return f"{path}?{query}" if query else path


def pair_address(one: str, other: str) -> str:
    """The one address of two errors side by side, the lower code first."""
    return reverse("kb:pair", args=sorted((one, other), key=lambda identity: (len(identity), identity)))


def arrival(jump: Jump, target: Flow) -> tuple[str, Trail]:
    """Where a jump carries on: past the target's questions that its answers settle, as far as they still apply."""
    node, trail = target.start, []
    for answer in jump.answers:
        option = next((option for option in target.by_key[node].options if option.key == answer.option), None)
        if node != answer.node or option is None or option.to not in target.by_key:
            break
        trail.append((node, option.key))
        node = option.to
    return node, tuple(trail)


def jump_address(jump: Jump, target: Flow, *, is_chooser: bool = False) -> str:
    """The address of the place where a jump carries on."""
    node, trail = arrival(jump, target)
    return step_address(jump.to.lower(), target, node, trail, is_chooser=is_chooser)

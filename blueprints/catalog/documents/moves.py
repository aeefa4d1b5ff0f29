"""Former ids: each names one thing that was, and is now one other component."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.problems import Problem, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .drafts import Draft


def problems(draft: Draft) -> Iterator[Problem]:
    """Yield former ids that a component has now, or that two components had.

    A component keeps what it was called in the cloud by its first id. So that id stays its
    own: two components cannot change places, and nothing new takes an id that was left. One that
    gets back an id that it had says so: the id stands among its former ones.
    """
    moved_to: dict[str, str] = {}
    for component in draft.components:
        for index, former in enumerate(component.component.moved_from):
            place = (*component.path, "moved_from", index)
            own = component.component.id
            if former == own and former == component.component.moved_from[-1]:
                message = f"It has the id {quoted(own)} now: name the ids that it had between."
                yield Problem.error(place, message, "former-id-in-use")
            elif former != own and former in draft.types:
                message = (
                    f"A component has the id {quoted(former)} now: what was moved from it keeps "
                    "its names in the cloud, so give the present one another id."
                )
                yield Problem.error(place, message, "former-id-in-use")
            elif former in moved_to:
                other = quoted(moved_to[former])
                message = f"{quoted(former)} was moved to {other} already: name it in one place."
                yield Problem.error(place, message, "former-id-in-use")
            moved_to.setdefault(former, own)

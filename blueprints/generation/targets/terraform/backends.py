"""The block that says where the state is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.generation.targets.terraform import hcl

if TYPE_CHECKING:
    from blueprints.catalog.documents import Backend
    from blueprints.generation.ir import Value

# States hold secrets, so they are encrypted unless the document says otherwise.
_DEFAULTS: dict[str, dict[str, Value]] = {"s3": {"encrypt": True}}


def block(backend: Backend) -> str:
    """Render a backend; what it does not say is asked for by ``terraform init``."""
    settings: dict[str, Value] = {**_DEFAULTS.get(backend.name, {}), **backend.settings}
    workspace = settings.pop("workspace", None)
    nested = [hcl.block("workspaces", {"name": workspace}, depth=2)] if workspace else []
    header = f"backend {hcl.quoted(backend.name)}"
    return hcl.block(header, dict(sorted(settings.items())), nested, depth=1)

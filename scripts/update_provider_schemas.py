"""Read what a provider's resources take, and write it down for documents to be checked against.

    pip download --no-deps cdktf-cdktf-provider-aws -d wheels
    python scripts/update_provider_schemas.py wheels/*.whl
    python scripts/update_provider_schemas.py --add aws_sns_topic wheels/*.whl

CDK for Terraform publishes each provider's schema as classes in a wheel. The resource types are
those that the file of the provider has, and those named with ``--add``. The classes do not say what
is sensitive: that is kept as it is, and added to from what ``terraform providers schema -json``
prints, with ``--sensitive``. Look at the difference before you commit it.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.blueprints.generation.reduce_schema import Bindings  # noqa: E402 - found by the line above

FOLDER = ROOT / "blueprints/catalog/provider_schemas"
ABOUT = (
    "Arguments and nested blocks of a provider's resources, reduced from the bindings that CDK "
    "for Terraform publishes (cdktf-cdktf-provider-*). attributes: name -> [type, required, "
    "members of the objects in a list]; computed: can be read, not set: name -> type; sensitive: "
    "what the provider keeps out of its output, read from its published schema and from the "
    "bindings that Pulumi publishes."
)

Json = dict[str, Any]


def _body(body: Json, before: Json, schema: Json) -> Json:
    """Keep of a resource or block what documents are checked against.

    Args:
        body: what the classes say.
        before: what the file said; what is sensitive stays so.
        schema: what the provider itself says, where it was asked.
    """
    attributes, computed = body["attributes"], body.get("computed", {})
    known = schema.get("attributes", {})
    hidden = {name for name in known if known[name].get("sensitive")}
    hidden.update(before.get("sensitive", ()))
    hidden &= {*attributes, *computed}
    is_block = "nesting" in body
    return {
        **({name: body[name] for name in ("nesting", "required")} if is_block else {}),
        "attributes": dict(sorted(attributes.items())),
        "blocks": {
            name: _body(
                inner,
                before.get("blocks", {}).get(name, {}),
                schema.get("block_types", {}).get(name, {}).get("block", {}),
            )
            for name, inner in sorted(body["blocks"].items())
        },
        **({} if is_block else {"computed": _types(computed)}),
        **({"sensitive": sorted(hidden)} if hidden else {}),
    }


def _types(computed: Json) -> dict[str, str]:
    """Return the type of each: of the objects in a list, nothing but the list can be read."""
    return {
        name: kind if isinstance(kind, str) else "list" for name, kind in sorted(computed.items())
    }


def _schemas(paths: list[Path]) -> Json:
    """Read what providers themselves say of their resources, by resource type."""
    providers = (
        provider
        for path in paths
        for provider in json.loads(path.read_text("utf-8"))["provider_schemas"].values()
    )
    return {
        name: schema["block"]
        for provider in providers
        for name, schema in provider.get("resource_schemas", {}).items()
    }


def content(bindings: Bindings, before: Json, added: list[str], schemas: Json) -> Json:
    """Return what the file of a provider says.

    Args:
        bindings: the provider's classes.
        before: the file as it is; its resource types are read anew.
        added: further resource types; those of other providers are left out.
        schemas: what providers themselves say, by resource type.
    """
    source, version = bindings.provider
    own = [name for name in added if name.partition("_")[0] == bindings.name]
    known = before.get("resources", {})
    resources = {}
    for name in sorted({*known, *own}):
        body = bindings.schema("resource", name)
        if body is None:
            raise SystemExit(f"{source} {version} has no {name}.")
        resources[name] = _body(body, known.get(name, {}), schemas.get(name, {}))
    return {"about": ABOUT, "source": source, "version": version, "resources": resources}


def written(data: Json) -> str:
    """Write a resource type a line, so that a change of one is seen as such."""
    lines = [f'"{name}": {json.dumps(data[name])}' for name in ("about", "source", "version")]
    types = (
        f'    "{name}": {json.dumps(body, separators=(",", ":"))}'
        for name, body in data["resources"].items()
    )
    lines.append('"resources": {\n' + ",\n".join(types) + "\n  }")
    return "{\n  " + ",\n  ".join(lines) + "\n}\n"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("wheels", nargs="+", type=Path, metavar="WHEEL")
    parser.add_argument("--add", nargs="+", default=[], metavar="TYPE", help="also read these")
    parser.add_argument(
        "--sensitive",
        nargs="+",
        default=[],
        type=Path,
        metavar="FILE",
        help="what terraform providers schema -json prints",
    )
    return parser.parse_args()


def main() -> None:
    """Write the file of each provider whose wheel is given."""
    given = _arguments()
    schemas = _schemas(given.sensitive)
    for wheel in given.wheels:
        bindings = Bindings(wheel)
        path = FOLDER / f"{bindings.name}.json"
        before = json.loads(path.read_text("utf-8")) if path.exists() else {}
        path.write_text(written(content(bindings, before, given.add, schemas)), "utf-8")
        print(f"{path.name} is written.")


if __name__ == "__main__":
    main()

"""Documents at random: a world with one component of each type, and others made from schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from blueprints.catalog.documents import conformance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

#: Ids of every form that there is: of hyphens, of digits that look like a mark, very long ones.
IDS = st.one_of(
    st.from_regex(r"[a-z](-{0,2}[a-z0-9]){0,12}-?", fullmatch=True),
    st.from_regex(r"[a-z][a-z0-9]{0,8}-[0-9a-f]{8}", fullmatch=True),
    st.from_regex(r"[a-z]{55}-[a-z0-9]{7}", fullmatch=True),
    st.sampled_from(["count", "each", "apex", "it-execution", "cluster-web", "self", "a--b", "a-"]),
)
_LETTERS = st.characters(categories=("L", "N"), include_characters=" _.:/=+@-")
_TAG_TEXT = st.text(_LETTERS, min_size=1, max_size=20).map(str.strip).filter(bool)
_MOST_ITEMS = 3
_FORMATS = {
    "ipv4-cidr": ["10.0.7.0/28", "10.0.8.0/24", "10.9.0.0/16"],
    "cidr": ["10.1.0.0/16", "10.2.0.0/16", "0.0.0.0/0", "::/0", "2001:db8::/32"],
    "domain": ["example.com", "xn--bcher-kva.example"],
}
_IN_NETWORK = {"subnets": [{"ref": "sub-a"}, {"ref": "sub-b"}], "firewalls": [{"ref": "wall"}]}
_SOURCE = {"bucket": {"ref": "files"}, "key": "code.zip"}


def _part(name: str, kind: str, **properties: Any) -> dict[str, Any]:
    return {"id": name, "type": kind, "properties": properties}


#: One of everything that a component may refer to.
WORLD = (
    _part("net", "network", cidr="10.0.0.0/16", nat="single"),
    _part("sub-a", "subnet", network={"ref": "net"}, cidr="10.0.1.0/24", zone="a", public=True),
    _part("sub-b", "subnet", network={"ref": "net"}, cidr="10.0.2.0/24", zone="b", public=True),
    _part("own-a", "subnet", network={"ref": "net"}, cidr="10.0.3.0/24", zone="a"),
    _part("own-b", "subnet", network={"ref": "net"}, cidr="10.0.4.0/24", zone="b"),
    _part("wall", "firewall", network={"ref": "net"}),
    _part("files", "object_storage"),
    _part("jobs", "queue"),
    _part("jobs-", "queue"),
    _part("token", "secret", generate={}),
    _part("acts", "role", trusted_service="function"),
    _part("machines", "role", trusted_service="compute_instance"),
    _part("nodes", "role", trusted_service="container_node"),
    _part("pods", "role", trusted_service="container_pod"),
    _part("code", "function", runtime="python3.13", handler="a.b", source=_SOURCE, url="public"),
    _part("box", "compute_instance", subnet={"ref": "sub-a"}),
    _part(
        "lb",
        "load_balancer",
        **_IN_NETWORK,
        listeners=[{"port": 80, "protocol": "http", "target_port": 8080}],
    ),
)
VARIABLES = {
    "token": {"type": "string", "secret": True},
    "source": {"type": "string"},
    "count": {"type": "number"},
    "provider": {"type": "boolean"},
    "providers": {"type": "list"},
}
_BY_TYPE = {"string": "source", "integer": "count", "number": "count", "boolean": "provider"}


def properties(kind: str) -> SearchStrategy[dict[str, Any]]:
    """Properties that satisfy a type's schema; rules between them may still be broken."""
    schema = conformance.inlined_schema(kind)
    fitting = _FITTING.get(kind, {})
    free = {n: rule for n, rule in schema["properties"].items() if n not in fitting}
    for name in _LEFT_OUT & free.keys():
        del free[name]
    required = [n for n in schema["required"] if n not in fitting]
    others = _object({"properties": free, "required": required} if free else {})
    return st.tuples(others, st.fixed_dictionaries(fitting)).map(
        lambda both: {**both[0], **both[1]}
    )


def tags() -> SearchStrategy[dict[str, str]]:
    """Tags in any script; some may mean something already."""
    return st.dictionaries(_TAG_TEXT, _TAG_TEXT, max_size=3)


def _value(schema: Mapping[str, Any]) -> SearchStrategy[Any]:
    if "x-ref" in schema and schema.get("x-form") == "component":
        return _references(schema)
    if "x-form" in schema and schema.get("x-secret") == "required":
        return st.just({"var": "token"})
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    literal = _LITERALS[types[0]](schema)
    if "object" not in types or types[0] == "object":
        return literal
    variable = "providers" if types[0] == "array" else _BY_TYPE[types[0]]
    # Mostly literals: what varies with the deployment decides less.
    return st.one_of(literal, literal, literal, st.just({"var": variable}))


def _references(schema: Mapping[str, Any]) -> SearchStrategy[Any]:
    wanted = schema.get("x-where", {})
    fitting = [
        component["id"]
        for component in WORLD
        if component["type"] in schema["x-ref"]
        and all(component["properties"].get(name) == said for name, said in wanted.items())
    ]
    return st.sampled_from([{"ref": name} for name in fitting])


def _text(schema: Mapping[str, Any]) -> SearchStrategy[str]:
    if "format" in schema:
        return st.sampled_from(_FORMATS[schema["format"]])
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", 64)
    if "pattern" in schema:
        found = st.from_regex(schema["pattern"], fullmatch=True)
        return found.filter(lambda text: shortest <= len(text) <= longest)
    return st.text(st.characters(categories=("L", "N", "P", "S")), min_size=shortest, max_size=9)


def _number(schema: Mapping[str, Any]) -> SearchStrategy[int]:
    return st.integers(schema.get("minimum", 0), schema.get("maximum", 99))


def _list(schema: Mapping[str, Any]) -> SearchStrategy[list[Any]]:
    fewest = schema.get("minItems", 0)
    most = max(fewest, min(schema.get("maxItems", _MOST_ITEMS), _MOST_ITEMS))
    return st.lists(_value(schema["items"]), min_size=fewest, max_size=most, unique_by=repr)


def _object(schema: Mapping[str, Any]) -> SearchStrategy[dict[str, Any]]:
    if not schema.get("properties"):
        names = st.from_regex(schema["propertyNames"]["pattern"], fullmatch=True)
        return st.dictionaries(names, _value(schema["additionalProperties"]), max_size=2)
    required = {n: _value(schema["properties"][n]) for n in schema.get("required", ())}
    optional = {n: _value(s) for n, s in schema["properties"].items() if n not in required}
    return st.fixed_dictionaries(required, optional=optional)


def _rules(peer: str) -> SearchStrategy[list[dict[str, Any]]]:
    block = st.sampled_from(_FORMATS["cidr"]) | st.just({"var": "source"})
    blocks = st.fixed_dictionaries(
        {"cidrs": st.lists(block, min_size=1, max_size=3, unique_by=repr)}
    )
    side = blocks | st.just({peer: {"ref": "wall"}}) | st.just({"cidrs": {"var": "providers"}})
    port = st.integers(0, 65535).map(lambda number: {"port": number})
    free = st.sampled_from([{"protocol": "all"}, {"protocol": "icmp"}])
    traffic = port | free | st.just({"from_port": 8, "to_port": 88, "protocol": "udp"})
    rule = st.tuples(traffic, side).map(lambda both: {**both[0], **both[1]})
    return st.lists(rule, max_size=4, unique_by=lambda each: repr(each.get("port", each)))


_LISTENER = st.fixed_dictionaries(
    {"port": st.integers(1, 65535), "protocol": st.just("http")},
    optional={"target_port": st.integers(1, 65535)},
)
_PRIVATE = [{"ref": "own-a"}, {"ref": "own-b"}]
_QUEUES = st.lists(
    st.sampled_from(["jobs", "jobs-"]).map(lambda name: {"queue": {"ref": name}}),
    max_size=2,
    unique_by=repr,
)
_GROUPS = st.lists(
    st.from_regex("[a-z][a-z0-9-]{0,39}", fullmatch=True).map(lambda name: {"name": name}),
    min_size=1,
    max_size=4,
    unique_by=repr,
)
#: Members that rules between them decide more about than their schemas say.
_FITTING: Mapping[str, Mapping[str, SearchStrategy[Any]]] = {
    "firewall": {
        "network": st.just({"ref": "net"}),
        "ingress": _rules("source"),
        "egress": _rules("destination"),
    },
    "load_balancer": {
        "type": st.just("application"),
        "subnets": st.just(_IN_NETWORK["subnets"]),
        "internal": st.booleans(),
        "firewalls": st.just(_IN_NETWORK["firewalls"]),
        "listeners": st.lists(
            _LISTENER, min_size=1, max_size=4, unique_by=lambda each: each["port"]
        ),
        "targets": st.sampled_from([[], [{"ref": "box"}]]),
        "health_check": st.just({}),
    },
    "container_cluster": {
        "subnets": st.just(_PRIVATE),
        "node_groups": _GROUPS,
        "version": st.just("1.33"),
        "public_endpoint": st.just(value=False),
    },
    "function": {
        "runtime": st.sampled_from(["python3.12", "python3.13"]),
        "handler": st.just("app.main"),
        "source": st.just(_SOURCE),
        "timeout_seconds": st.just(5),
        "environment": st.dictionaries(st.sampled_from(["STAGE", "LIMIT"]), st.just("x")),
        "subnets": st.just(_PRIVATE),
        "firewalls": st.just(_IN_NETWORK["firewalls"]),
        "queues": _QUEUES,
    },
    "database": {
        "engine": st.sampled_from(["postgres", "mysql", "mariadb"]),
        "size": st.just("small"),
        "subnets": st.just(_PRIVATE),
        "password": st.just({"var": "token"}),
    },
    "secret": {"generate": st.just({})},
}
_LEFT_OUT = {"value", "public_cidrs", "managed_password", "version"}
_LITERALS = {
    "string": _text,
    "integer": _number,
    "number": _number,
    "boolean": lambda _: st.booleans(),
    "array": _list,
    "object": _object,
}

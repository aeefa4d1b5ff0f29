"""Writes values and blocks as HCL, in exactly the layout of ``terraform fmt``.

Every piece of text that came from a person passes through :func:`quoted`. Nothing else in
this package may put such text between quotation marks: that is what keeps a component's
property from becoming an expression, a block or another resource.

Syntax: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
Layout: https://developer.hashicorp.com/terraform/language/style
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias, cast

from blueprints.generation.ir import (
    Address,
    Base64,
    Block,
    Collected,
    Json,
    Listed,
    Lookup,
    Member,
    Null,
    Reference,
    Template,
    Value,
    VariableReference,
)
from blueprints.generation.targets.terraform.names import node_name, variable_name

AnyReference: TypeAlias = Reference | VariableReference

INDENT = "  "
LINE_WIDTH = 100
LAST_SHORT_CODE_POINT = 0xFFFF  # beyond it, HCL takes eight digits
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# As keys of an object these would be read as the start of an expression, or mislead a reader.
_KEYWORDS = frozenset({"for", "if", "in", "else", "endif", "endfor", "true", "false", "null"})
# A run of marks is looked at once, from its start: a long one costs no more than other text.
_TEMPLATE_OPENING = re.compile(r"((?<!\$)\$++|(?<!%)%++)\{")
# All but printable ASCII without quotation marks and backslashes.
_NOT_PLAIN = re.compile(r"[^ !#-\[\]-~]")
# Letters that are shown as one with their neighbours: https://unicode.org/reports/tr29/
_JOINING = re.compile("[\u0d4e\u0e33\u0eb3\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]")
_SHORT_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Control, format (such as the bidirectional overrides that disguise code), surrogate and
# private use characters, line and paragraph separators: all written as their numbers.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Code:
    """HCL that this package wrote itself, such as a type's name; never a person's text."""

    text: str


class UnwritableValue(Exception):
    """A value has no form in HCL: an infinite number, half a surrogate pair."""


def quoted(text: str) -> str:
    """Render text as a quoted literal that means exactly that text and nothing more."""
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    pieces: list[str] = []
    position = 0
    for opening in _TEMPLATE_OPENING.finditer(text):
        pieces.append(_escaped_characters(text[position : opening.start()]))
        pieces.append(_escaped_opening(opening.group(1)))
        position = opening.end()
    pieces.append(_escaped_characters(text[position:]))
    return "".join(pieces)


def _escaped_opening(marks: str) -> str:
    # Doubling the mark is HCL's own escape, but a run such as `$$${` is read ambiguously;
    # all but the last mark are therefore written as their code point.
    return "".join(map(_code_point, marks[:-1])) + f"{marks[-1] * 2}{{"


def _escaped_characters(text: str) -> str:
    return _NOT_PLAIN.sub(_escaped_character, text)


def _escaped_character(found: re.Match[str]) -> str:
    character = found.group()
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    category = unicodedata.category(character)
    if category == "Cs":
        raise UnwritableValue("Half a surrogate pair is not text.")
    return _code_point(character) if category in _UNPRINTABLE else character


def _code_point(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= LAST_SHORT_CODE_POINT else f"\\U{code:08x}"


def key(name: str) -> str:
    """Render the key of an object: bare where HCL allows it, quoted elsewhere.

    Keys are aligned by what takes one column each, so what joins others is written as its number.
    """
    if _IDENTIFIER.match(name) and name not in _KEYWORDS:
        return name
    return "".join(c if _stands_alone(c) else _code_point(c) for c in quoted(name))


def _stands_alone(character: str) -> bool:
    letter = unicodedata.category(character)[0] in "LN" and not _JOINING.match(character)
    return character.isascii() or (letter and ord(character) <= LAST_SHORT_CODE_POINT)


def address(target: Address) -> str:
    """Render a node's address as Terraform's references and ``depends_on`` spell it."""
    if target.kind == "module":
        return f"module.{node_name(target)}"
    prefix = "" if target.kind == "resource" else f"{target.kind}."
    return f"{prefix}{target.type}.{node_name(target)}"


def traversal(reference: Reference | VariableReference) -> str:
    """Render a reference without quotation marks."""
    if isinstance(reference, VariableReference):
        own = reference.name if reference.scope != "var" else variable_name(reference)
        return f"{reference.scope}.{own}" + "".join(map(_attribute_step, reference.path))
    steps = (f"[{s}]" if isinstance(s, int) else _attribute_step(s) for s in reference.path)
    key = reference.key
    shown = traversal(key) if isinstance(key, VariableReference) else key
    return address(reference.target) + ("" if key is None else f"[{shown}]") + "".join(steps)


def collected(value: Collected) -> str:
    """Render an attribute of all instances of a repeated node."""
    whole = address(value.reference.target)
    path = traversal(value.reference).removeprefix(whole)
    if value.shape == "map":
        return f"{{ for key, each_one in {whole} : key => each_one{path} }}"
    instances = f"values({whole})[*]{path}" if value.keyed else f"{whole}[*]{path}"
    return f"one({instances})" if value.shape == "one" else instances


def _attribute_step(name: str) -> str:
    return f".{name}" if _IDENTIFIER.match(name) else f"[{quoted(name)}]"


def template(value: Template) -> str:
    """Render joined text: literal parts escaped, references interpolated."""
    rendered = ""
    for is_text, parts in groupby(value.parts, key=lambda part: isinstance(part, str)):
        if is_text:
            rendered += _before_reference("".join(map(str, parts)))
        else:
            rendered += "".join(f"${{{traversal(cast('AnyReference', part))}}}" for part in parts)
    return f'"{rendered}"'


def _before_reference(text: str) -> str:
    # A literal `$` or `%` at the end would turn the interpolation after it into an escape.
    body = text.rstrip("$%")
    return _escaped(body) + "".join(map(_code_point, text[len(body) :]))


def _lookup(value: Lookup, depth: int) -> str:
    found = traversal(value.key)
    otherwise = found if value.otherwise is None else template(value.otherwise)
    return f"lookup({_object(value.table, depth)}, {found}, {otherwise})"


def _listed(value: Listed) -> str:
    wanted, found = expression(value.value), traversal(value.found)
    return f"contains({found}, {wanted}) ? {wanted} : {traversal(value.otherwise)}"


def number(value: float | int) -> str:  # noqa: PYI041  # whole numbers stay exact
    """Render a number; whole floats lose their point, as JSON and HCL do not tell them apart."""
    if not math.isfinite(value):
        raise UnwritableValue("Only finite numbers can be written.")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return repr(value)


def expression(value: Value | Code, depth: int = 0) -> str:
    """Render a value; continuation lines are indented for a line that stands at ``depth``."""
    for kind, render in _RENDERERS:
        if isinstance(value, kind):
            return render(value, depth)
    raise UnwritableValue(f"{type(value).__name__} has no form in HCL.")


def _concatenated(items: tuple[Value, ...], depth: int) -> str:
    """Render a list in which some items stand for lists themselves."""
    runs = groupby(items, key=lambda item: isinstance(item, Collected))
    lists = [
        part
        for is_list, run in runs
        for part in (map(expression, run) if is_list else [_sequence(tuple(run), depth)])
    ]
    return lists[0] if len(lists) == 1 else f"concat({', '.join(lists)})"


def _sequence(items: tuple[Value, ...], depth: int) -> str:
    if any(isinstance(item, Collected) for item in items):
        return _concatenated(items, depth)
    rendered = [expression(item, depth + 1) for item in items]
    line = f"[{', '.join(rendered)}]"
    if "\n" not in line and len(line) <= LINE_WIDTH - len(INDENT) * depth:
        return line
    body = "".join(f"{INDENT * (depth + 1)}{item},\n" for item in rendered)
    return f"[\n{body}{INDENT * depth}]"


def _object(entries: Mapping[str, Value], depth: int) -> str:
    if not entries:
        return "{}"
    lines = [Assignment(key(name), expression(item, depth + 1)) for name, item in entries.items()]
    return "{\n" + aligned(lines, depth + 1) + f"{INDENT * depth}}}"


# Booleans come before numbers: in Python they are numbers.
_RENDERERS: tuple[tuple[type | tuple[type, ...], Callable[[Any, int], str]], ...] = (
    (Code, lambda value, _: value.text),
    (Null, lambda *_: "null"),
    (str, lambda value, _: quoted(value)),
    (bool, lambda value, _: "true" if value else "false"),
    ((int, float), lambda value, _: number(value)),
    ((Reference, VariableReference), lambda value, _: traversal(value)),
    (Collected, lambda value, _: collected(value)),
    (Template, lambda value, _: template(value)),
    (Lookup, _lookup),
    (Listed, lambda value, _: _listed(value)),
    (Member, lambda value, _: f"jsondecode({traversal(value.text)})[{quoted(value.name)}]"),
    (Json, lambda value, depth: f"jsonencode({expression(value.value, depth)})"),
    (Base64, lambda value, depth: f"base64encode({expression(value.value, depth)})"),
    (tuple, _sequence),
    (Mapping, _object),
)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One rendered ``name = value``; the value may run over several lines."""

    name: str
    value: str

    @property
    def is_short(self) -> bool:
        """Whether it takes one line: only such lines are aligned with their neighbours."""
        return "\n" not in self.value


def aligned(assignments: Iterable[Assignment], depth: int) -> str:
    """Render assignments one below the other, with the equals signs of neighbours aligned."""
    lines: list[str] = []
    neighbours: list[Assignment] = []

    def flush() -> None:
        width = max((len(item.name) for item in neighbours), default=0)
        lines.extend(f"{item.name:<{width}} = {item.value}" for item in neighbours)
        neighbours.clear()

    for item in assignments:
        if item.is_short:
            neighbours.append(item)
        else:
            flush()
            lines.append(f"{item.name} = {item.value}")
    flush()
    return "".join(f"{INDENT * depth}{line}\n" for line in lines)


def block(
    header: str,
    arguments: Mapping[str, Value | Code],
    nested: Iterable[str] = (),
    depth: int = 0,
) -> str:
    """Render a block: short arguments first, then long ones and nested blocks, set apart.

    Args:
        header: what stands before the brace, already rendered.
        arguments: by name, in order.
        nested: blocks inside, already rendered one level deeper.
        depth: how deep the block stands.
    """
    inner = depth + 1
    rendered = [Assignment(n, expression(v, inner)) for n, v in arguments.items()]
    short = [item for item in rendered if item.is_short]
    sections = [aligned(short, inner)] if short else []
    sections += [aligned([item], inner) for item in rendered if not item.is_short]
    sections += nested
    if not sections:
        return f"{INDENT * depth}{header} {{}}\n"
    return f"{INDENT * depth}{header} {{\n" + "\n".join(sections) + f"{INDENT * depth}}}\n"


def comment(texts: Iterable[str]) -> str:
    """Render texts as comments, each line of theirs as one; they cannot end a comment early."""
    lines = [line for text in texts for line in text.splitlines()]
    return "".join(f"# {_shown(line)}".rstrip() + "\n" for line in lines)


def _shown(line: str) -> str:
    """Leave out what cannot be seen, or makes code look like other code."""
    kept = (c for c in line.expandtabs(4) if unicodedata.category(c) not in _UNPRINTABLE)
    return "".join(kept)


def blocks(items: Iterable[Block], depth: int) -> list[str]:
    """Render nested blocks that stand at ``depth``."""
    return [block(b.type, b.arguments, blocks(b.blocks, depth + 1), depth) for b in items]

from __future__ import annotations

import json
import math
import re
import time
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blueprints.catalog.documents.value_types import ValueType
from blueprints.generation.ir import (
    Address,
    Base64,
    Json,
    Lookup,
    Reference,
    Template,
    Value,
    Variable,
    VariableReference,
)
from blueprints.generation.targets.terraform import hcl
from blueprints.generation.targets.terraform.names import node_name, variable_name
from tests.blueprints.generation.terraform import write_files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.blueprints.generation.terraform import Terraform

WEB = Reference(Address("resource", "aws_instance", "web-a"), ("id",))
SIZE = VariableReference("size")

# What an attacker would write into a description, and what escaping tends to forget.
HOSTILE = (
    '${file("/etc/passwd")}',
    '"${file("/etc/passwd")}"',
    "%{ for x in [1] }x%{ endfor }",
    "%{ if true }",
    "$${escaped}",
    "$$${a}",
    "$$$${a}",
    "%%{a}",
    "%%%{a}",
    "%${a}",
    "$%{a}",
    "$",
    "$$",
    "%",
    "${",
    "$ {a}",
    "{",
    '"\n}\nresource "aws_iam_user" "evil" {\n  name = "evil"\n}\n',
    '"',
    '\\"',
    "\\",
    "\\\\",
    "\\${a}",
    "\\u0024{a}",
    "\\n",
    "a\nb",
    "a\r\nb",
    "\t",
    "<<EOT\nx\nEOT",
    "# comment",
    "// comment",
    "/* comment */",
    "\x01\x1f\x7f\x80\x9f",
    "\u2028\u2029",
    "\u202eevil\u2066",
    "\ufeff",
    "\u200b\u00ad",
    "é e\u0301",
    "😀 \U0010fffd \U000e0001",
    "\ue000",
    "null",
    "true",
    "",
)
# Text, with the characters that matter to HCL much more often than chance would have it.
TEXT = st.lists(
    st.one_of(
        st.sampled_from([*'${}%"\\\n~', "${", "%{", "$${"]),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    max_size=12,
).map("".join)
KEYS = st.one_of(TEXT, st.sampled_from(["for", "if", "null", "true", "a b", "1a", "a-b", "a"]))
LITERALS: st.SearchStrategy[Value] = st.recursive(
    st.one_of(TEXT, st.booleans(), st.integers(-(10**12), 10**12)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple), st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=6,
)


def normal(value: object) -> object:
    """Bring a value into the form that Terraform gives it: its text is in NFC."""
    match value:
        case str():
            return unicodedata.normalize("NFC", value)
        case dict():
            return {normal(name): normal(item) for name, item in value.items()}
        case list() | tuple():
            return [normal(item) for item in value]
        case _:
            return value


def read_back(terraform: Terraform, folder: Path, values: list[Value]) -> list[object]:
    """Have Terraform evaluate values, each as an output of its own."""
    outputs = [hcl.block(f'output "o{n}"', {"value": v}) for n, v in enumerate(values)]
    write_files(folder, {"main.tf": "\n".join(outputs)})
    assert terraform.is_formatted(folder)
    terraform.run(folder, "apply", "-auto-approve", "-no-color", "-state=s.tfstate")
    found = json.loads(terraform.run(folder, "output", "-json", "-state=s.tfstate"))
    return [found[f"o{n}"]["value"] for n in range(len(values))]


@pytest.mark.terraform
def test_hostile_text_means_itself_to_terraform(terraform: Terraform, tmp_path: Path) -> None:
    as_key: list[Value] = [{text: text} for text in HOSTILE]
    values = [*HOSTILE, *as_key]
    assert read_back(terraform, tmp_path, values) == normal(values)


@pytest.mark.terraform
@given(values=st.lists(LITERALS, min_size=40, max_size=80))
@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,  # each example writes all of its files anew
        HealthCheck.too_slow,  # Terraform is started for each example
        HealthCheck.data_too_large,  # each holds many values, so that few starts are needed
        HealthCheck.large_base_example,  # likewise
    ],
)
def test_every_literal_means_itself_to_terraform(
    terraform: Terraform, tmp_path: Path, values: list[Value]
) -> None:
    assert read_back(terraform, tmp_path, values) == normal(values)


@pytest.mark.terraform
def test_text_around_references_means_itself_to_terraform(
    terraform: Terraform, tmp_path: Path
) -> None:
    templates = [Template((text, SIZE, text)) for text in HOSTILE]
    split = Template(("$", "{a}", SIZE, SIZE, "%", "{b}"))
    outputs = [hcl.block(f'output "o{n}"', {"value": v}) for n, v in enumerate([*templates, split])]
    variable = hcl.block('variable "size"', {"default": "${x}"})
    write_files(tmp_path, {"main.tf": "\n".join([variable, *outputs])})
    terraform.run(tmp_path, "apply", "-auto-approve", "-no-color")
    found = json.loads(terraform.run(tmp_path, "output", "-json"))
    expected = [f"{text}${{x}}{text}" for text in HOSTILE] + ["${a}${x}${x}%{b}"]
    assert [found[f"o{n}"]["value"] for n in range(len(expected))] == normal(expected)


@pytest.mark.terraform
def test_unescaped_text_would_be_noticed(terraform: Terraform, tmp_path: Path) -> None:
    write_files(tmp_path, {"main.tf": f'output "o0" {{\n  value = "{HOSTILE[0]}"\n}}\n'})
    terraform.run(tmp_path, "apply", "-auto-approve", "-no-color")
    found = json.loads(terraform.run(tmp_path, "output", "-json"))
    # Terraform has read the file that the text names: this is what escaping prevents.
    assert found["o0"]["value"].startswith("root:")


# A quoted literal by the grammar of HCL, with nothing in it that is evaluated.
INERT = re.compile(
    r'"(?:[^"\\\n$%]|\\["\\nrt]|\\u[0-9a-f]{4}|\\U[0-9a-f]{8}|\$\$\{|%%\{|[$%](?!\{))*"'
)
AMBIGUOUS = re.compile(r"\$\$\$\{|%%%\{")


@given(text=TEXT)
def test_no_text_leaves_its_quotation_marks(text: str) -> None:
    written = hcl.quoted(text)
    assert INERT.fullmatch(written)
    assert not AMBIGUOUS.search(written)


@pytest.mark.parametrize("text", ["$" * 200_000, "%$" * 100_000, "$$%%" * 50_000 + "{"])
def test_long_runs_of_marks_cost_no_more_than_other_text(text: str) -> None:
    start = time.perf_counter()
    hcl.expression(Template((text, SIZE)))
    assert time.perf_counter() - start < 2  # looked at again and again, they would take minutes


@pytest.mark.parametrize("written", ['"${a}"', '"%{a}"', '"a""', '"\\"', '"\n"'])
def test_text_that_leaves_its_quotation_marks_would_be_noticed(written: str) -> None:
    assert not INERT.fullmatch(written)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        *((number, "Only finite numbers") for number in (math.inf, -math.inf, math.nan)),
        ("\ud800", "Half a surrogate pair"),
        (None, "NoneType has no form"),
    ],
)
def test_what_hcl_cannot_say_is_refused(value: Value, why: str) -> None:
    with pytest.raises(hcl.UnwritableValue, match=why):
        hcl.expression(value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a", '"a"'),
        (True, "true"),
        (False, "false"),
        (1, "1"),
        (-1, "-1"),
        (2.0, "2"),
        (0.5, "0.5"),
        (2**60, "1152921504606846976"),
        (WEB, "aws_instance.web_a.id"),
        (Reference(WEB.target, ("tags", "a b", 0)), 'aws_instance.web_a.tags["a b"][0]'),
        (Reference(Address("data", "aws_ami", "x"), ("id",)), "data.aws_ami.x.id"),
        (SIZE, "var.size"),
        (Template(("a-", WEB)), '"a-${aws_instance.web_a.id}"'),
        (Json({"a": WEB}), "jsonencode({\n  a = aws_instance.web_a.id\n})"),
        (Base64("a"), 'base64encode("a")'),
        (Lookup({"a": "b"}, SIZE), 'lookup({\n  a = "b"\n}, var.size, var.size)'),
        ((), "[]"),
        ((1, "a"), '[1, "a"]'),
        ({}, "{}"),
        ({"a": 1, "for": 2, "b-c": 3}, '{\n  a     = 1\n  "for" = 2\n  "b-c" = 3\n}'),
    ],
)
def test_values_are_written_as_people_would(value: Value, written: str) -> None:
    assert hcl.expression(value) == written


IDS = st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True)
PARTS = st.from_regex(r"|[a-z0-9]+([_-][a-z0-9]+)*", fullmatch=True)


@given(first=st.tuples(IDS, PARTS), second=st.tuples(IDS, PARTS))
def test_two_nodes_never_get_one_name(first: tuple[str, str], second: tuple[str, str]) -> None:
    names = [node_name(Address("resource", "t", *pair)) for pair in (first, second)]
    assert (names[0] == names[1]) == (first == second)


@pytest.mark.parametrize(
    ("pair", "name"),
    [
        (("web-a", ""), "web_a"),
        (("web", "a"), "web__a"),
        (("web--a", ""), "web-_a"),
        (("web-", ""), "web-"),
        (("web-", "a"), "web-__a"),
        (("web-a", "b-c"), "web_a__b-c"),
    ],
)
def test_names_stay_readable(pair: tuple[str, str], name: str) -> None:
    assert node_name(Address("resource", "t", *pair)) == name


STRING = ValueType("string")
VARIABLES = st.sampled_from(
    [f"{name}{'_' * n}" for name in ("count", "source", "name_prefix", "size") for n in range(3)]
)


@given(first=VARIABLES, second=VARIABLES)
def test_two_variables_never_get_one_name(first: str, second: str) -> None:
    names = [variable_name(Variable(name, STRING)) for name in (first, second)]
    assert (names[0] == names[1]) == (first == second)


def test_no_variable_gets_a_name_that_is_taken() -> None:
    own = variable_name(Variable("name_prefix", STRING, own=True))
    assert own == "name_prefix"
    assert variable_name(Variable("name_prefix", STRING)) != own
    assert variable_name(Variable("count", STRING)) == "count_"
    assert variable_name(Variable("size", STRING)) == "size"

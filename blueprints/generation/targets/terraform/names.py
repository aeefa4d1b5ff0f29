"""How the names of a document become identifiers of Terraform, without two becoming one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blueprints.generation.ir import Address, Variable, VariableReference

# Terraform refuses these as names of variables.
# https://developer.hashicorp.com/terraform/language/values/variables#declaring-an-input-variable
_META_ARGUMENTS = "source|version|provider|providers|count|for_each|lifecycle|depends_on|locals"
# The generator's own, so that a document's variables keep out of their way.
OWN_VARIABLES = ("name_prefix",)
_TAKEN = re.compile(rf"(?:{_META_ARGUMENTS}|{'|'.join(OWN_VARIABLES)})_*\Z")
_HYPHEN = re.compile(r"-(?!-|\Z)")


def variable_name(variable: Variable | VariableReference) -> str:
    """Turn a document's variable into one that Terraform accepts.

    A name that is taken gets one more underscore, and so does a taken name that already
    ends in underscores, so two names never meet.
    """
    taken = not variable.own and _TAKEN.match(variable.name)
    return f"{variable.name}_" if taken else variable.name


def node_name(address: Address) -> str:
    """Name a node after its component, one to one.

    Hyphens of the component's id become underscores, which ids do not have; a hyphen before
    another or at the end stays, as Terraform allows it. So that part never ends in an
    underscore or holds two in a row, and two can part it from the rest.
    """
    component = _HYPHEN.sub("_", address.component)
    return f"{component}__{address.part}" if address.part else component

"""What rules see: variables as they are by default, in what is made and in what exists."""

from __future__ import annotations

import pytest

from blueprints.catalog.documents import validate
from blueprints.catalog.documents.cloud_rules.context import RuleContext
from blueprints.catalog.documents.drafting import read_draft
from tests.blueprints.catalog.documents.builders import Json, document, part, var


@pytest.mark.parametrize("found", [{}, {"existing": {"id": "vpc-0123456789abcdef0"}}])
def test_properties_hold_defaults_whether_it_is_made_or_exists(found: Json) -> None:
    network = {**part("main", "network", cidr=var("block")), **found}
    variables = {"block": {"type": "string", "default": "10.0.0.0/16"}}
    draft, faults = read_draft(
        document(network, variables=variables), (), (), {}, lambda *_: validate({})
    )
    assert not faults
    (component,) = draft.everything
    assert RuleContext(draft).subject(component).properties["cidr"] == "10.0.0.0/16"

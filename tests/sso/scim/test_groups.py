"""Finding groups, pages of groups, and what a group's change does to what its members show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sso.scim.protocol import storage
from tests.sso.scim.clients import ScimClient, scim_client

if TYPE_CHECKING:
    from tenants.models import Tenant


@pytest.fixture
def okta(acme: Tenant) -> ScimClient:
    return scim_client(acme)


@pytest.fixture
def two(okta: ScimClient) -> list[str]:
    """The ids of two users."""
    return [okta.add(f"{name}@example.com").json()["id"] for name in ("ada", "grace")]


def _found(okta: ScimClient, **query: Any) -> tuple[int, list[str]]:
    page = okta.get("/scim/v2/Groups", query).json()
    return page["totalResults"], [each["displayName"] for each in page.get("Resources") or ()]


def test_a_group_is_found_once_by_several_of_its_members(okta: ScimClient, two: list[str]) -> None:
    ada, grace = two
    okta.add_group("Both", ada, grace)
    okta.add_group("One", grace)
    okta.add_group("None")
    either = f'members eq "{ada}" or members.value eq "{grace}"'
    assert _found(okta, filter=either) == (2, ["Both", "One"])
    assert _found(okta, filter=f'members[value eq "{ada}"]') == (1, ["Both"])
    assert _found(okta, filter=f'members ne "{ada}"') == (2, ["One", "None"])
    assert _found(okta, filter="members pr") == (2, ["Both", "One"])
    assert _found(okta, filter="not (members pr)") == (1, ["None"])
    assert _found(okta, filter='members eq "nobody"') == (0, [])


def test_a_page_of_groups_is_bounded_by_their_members(
    okta: ScimClient, two: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "MOST_MEMBERS", 3)
    for name, members in (("A", two), ("B", two[:1]), ("C", []), ("D", two), ("E", two)):
        okta.add_group(name, *members)
    assert _found(okta) == (5, ["A", "B", "C"])
    assert _found(okta, startIndex=4) == (5, ["D"])
    assert _found(okta, startIndex=9) == (5, [])
    assert _found(okta, excludedAttributes="members") == (5, ["A", "B", "C", "D", "E"])
    monkeypatch.setattr(storage, "MOST_MEMBERS", 1)
    assert _found(okta) == (5, ["A"])


def test_whoever_is_in_a_renamed_group_has_changed_for_the_client(
    okta: ScimClient, two: list[str]
) -> None:
    group = okta.add_group("Engineers", two[0]).json()
    before = [okta.send("GET", f"/Users/{each}") for each in two]
    renamed = {"op": "replace", "value": {"displayName": "Builders"}}
    okta.patch_with(f"/Groups/{group['id']}", renamed)
    member, other = (okta.send("GET", f"/Users/{each}") for each in two)
    assert member.json()["groups"][0]["display"] == "Builders"
    assert member.headers["ETag"] != before[0].headers["ETag"]
    assert _changed_at(member) > _changed_at(before[0])
    assert other.headers["ETag"] == before[1].headers["ETag"]


def _changed_at(answer: Any) -> str:
    at: str = answer.json()["meta"]["lastModified"]
    return at

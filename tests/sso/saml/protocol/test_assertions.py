"""The rules about what a response says: each broken once, beside the response that keeps it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from sso.saml.protocol.names import NAME_ID_EMAIL
from sso.saml.protocol.rules import Rule
from tests.sso.saml.protocol import drafts, signing
from tests.sso.saml.protocol.drafts import OTHER_IDP_ID, SP_ID, Draft, at, response, signer
from tests.sso.saml.protocol.reading import read, rule_of

AUDIENCE = "<saml:AudienceRestriction><saml:Audience>{}</saml:Audience></saml:AudienceRestriction>"
ELSEWHERE = "https://globex.iac.test/sso/saml/okta/acs/"
STATUS = '<samlp:Status><samlp:StatusCode Value="{}"/></samlp:Status>'
NAME_ID = f'<saml:NameID Format="{NAME_ID_EMAIL}">{{}}</saml:NameID>'
ATTRIBUTE = (
    '<saml:Attribute Name="{}"><saml:AttributeValue>{}</saml:AttributeValue></saml:Attribute>'
)

BROKEN: list[tuple[dict[str, Any], Rule]] = [
    ({"version": "1.1"}, Rule.VERSION),
    ({"response_version": "1.1"}, Rule.VERSION),
    ({"response_issuer": OTHER_IDP_ID}, Rule.ISSUER),
    ({"issuer": OTHER_IDP_ID}, Rule.ISSUER),
    ({"response_issuer": OTHER_IDP_ID, "issuer": OTHER_IDP_ID}, Rule.ISSUER),
    ({"response_issuer": None}, Rule.ISSUER),
    ({"issuer": None}, Rule.ISSUER),
    ({"issuer": f"{drafts.IDP_ID}/"}, Rule.ISSUER),
    ({"destination": None}, Rule.DESTINATION),
    ({"destination": ""}, Rule.DESTINATION),
    ({"destination": ELSEWHERE}, Rule.DESTINATION),
    ({"destination": f"{drafts.ACS}?"}, Rule.DESTINATION),
    ({"in_response_to": None}, Rule.IN_RESPONSE_TO),
    ({"in_response_to": "_of-somebody-else"}, Rule.IN_RESPONSE_TO),
    ({"confirmed_request": None}, Rule.IN_RESPONSE_TO),
    ({"confirmed_request": "_of-somebody-else"}, Rule.IN_RESPONSE_TO),
    ({"response_issued": None}, Rule.ISSUE_INSTANT),
    ({"response_issued": at(-3600)}, Rule.ISSUE_INSTANT),
    ({"response_issued": at(120)}, Rule.ISSUE_INSTANT),
    ({"response_issued": "2026-06-01T12:00:00+02:00"}, Rule.ISSUE_INSTANT),
    ({"response_issued": "2026-02-30T12:00:00Z"}, Rule.ISSUE_INSTANT),
    ({"issued": None}, Rule.ISSUE_INSTANT),
    ({"issued": at(120)}, Rule.ISSUE_INSTANT),
    ({"issued": at(-3 * 3600)}, Rule.ISSUE_INSTANT),
    ({"status": ""}, Rule.STATUS),
    ({"status": "<samlp:Status/>"}, Rule.STATUS),
    ({"status": STATUS.format("urn:oasis:names:tc:SAML:2.0:status:Requester")}, Rule.STATUS),
    ({"status": STATUS.format("")}, Rule.STATUS),
    ({"status": drafts.SUCCESS * 2}, Rule.STATUS),
    ({"method": "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"}, Rule.CONFIRMATION),
    ({"method": "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"}, Rule.CONFIRMATION),
    ({"recipient": None}, Rule.RECIPIENT),
    ({"recipient": ELSEWHERE}, Rule.RECIPIENT),
    ({"confirmed_until": None}, Rule.CONFIRMATION),
    ({"confirmed_until": at(-120)}, Rule.EXPIRED),
    ({"confirmed_until": "2099-01-01T00:00:00Z"}, Rule.LIFETIME),
    ({"confirmed_until": "soon"}, Rule.CONFIRMATION),
    ({"confirmed_from": at(-60)}, Rule.CONFIRMATION),
    ({"conditions": None}, Rule.CONDITIONS),
    ({"conditions": '<saml:Condition xmlns:x="urn:x" xsi:type="x:Other"/>'}, Rule.STRUCTURE),
    ({"conditions": "<saml:Condition/>"}, Rule.CONDITIONS),
    ({"not_before": at(120)}, Rule.NOT_YET_VALID),
    ({"not_before": "2099-01-01T00:00:00Z"}, Rule.NOT_YET_VALID),
    ({"not_on_or_after": at(-120)}, Rule.EXPIRED),
    ({"not_on_or_after": "2099-01-01T00:00:00Z"}, Rule.LIFETIME),
    ({"audience": None}, Rule.AUDIENCE),
    ({"audience": "<saml:AudienceRestriction/>"}, Rule.AUDIENCE),
    ({"audience": AUDIENCE.format("https://globex.iac.test/")}, Rule.AUDIENCE),
    ({"audience": AUDIENCE.format(SP_ID) + AUDIENCE.format("urn:other")}, Rule.AUDIENCE),
    ({"audience": AUDIENCE.format(SP_ID.upper())}, Rule.AUDIENCE),
    ({"authenticated": None}, Rule.AUTHENTICATION),
    ({"authenticated": at(120)}, Rule.AUTHENTICATION),
    ({"session_until": at(-1)}, Rule.SESSION_EXPIRED),
    ({"session_until": "later"}, Rule.AUTHENTICATION),
    ({"name_id": ""}, Rule.NAME_ID),
    ({"name_id": NAME_ID.format("")}, Rule.NAME_ID),
    ({"name_id": NAME_ID.format("a" * 600)}, Rule.NAME_ID),
    ({"name_id": NAME_ID.format("ada<b/>@example.com")}, Rule.NAME_ID),
    ({"name_id": NAME_ID.format("ada&#10;admin")}, Rule.NAME_ID),
    ({"name_id": NAME_ID.format("ada&#160;")}, Rule.NAME_ID),
    ({"name_id": NAME_ID.format(" ada")}, Rule.NAME_ID),
    ({"name_id": NAME_ID.format("ada") + NAME_ID.format("admin")}, Rule.NAME_ID),
    ({"values": ATTRIBUTE.format("", "x")}, Rule.ATTRIBUTES),
    ({"values": ATTRIBUTE.format("a" * 600, "x")}, Rule.ATTRIBUTES),
    ({"values": ATTRIBUTE.format("a", "x") * 4001}, Rule.ATTRIBUTES),
    ({"values": "<saml:EncryptedAttribute/>"}, Rule.ATTRIBUTES),
]


@pytest.mark.parametrize("signs", ["assertion", "response"])
@pytest.mark.parametrize(("change", "rule"), BROKEN)
def test_a_response_that_breaks_one_rule_is_refused_by_it(
    change: dict[str, Any], rule: Rule, signs: str
) -> None:
    assert rule_of(response(Draft(**change), signs=signs)) is rule


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"response_issued": at(-300)},
        {"response_issued": at(59)},
        {"issued": "2026-06-01T12:00:00.123Z"},
        {"confirmed_until": at(-59)},
        {"confirmed_until": at(7200)},
        {"not_before": at(59)},
        {"not_before": None, "not_on_or_after": None},
        {"not_on_or_after": at(-59)},
        {"conditions": "<saml:OneTimeUse/>"},
        {"audience": AUDIENCE.format(SP_ID) * 2},
        {
            "audience": "<saml:AudienceRestriction><saml:Audience>urn:a</saml:Audience>"
            f"<saml:Audience>{SP_ID}</saml:Audience></saml:AudienceRestriction>"
        },
        {"authenticated": at(59)},
        {"session_until": None},
        {"session_until": at(1)},
        {"name_id": NAME_ID.format("ada&amp;co@example.com")},
        {"values": ATTRIBUTE.format("a", "x") * 4000},
    ],
)
def test_a_response_at_the_edge_of_the_rules_is_read(change: dict[str, Any]) -> None:
    read(response(Draft(**change)))


def test_values_of_attributes_are_read_exactly_as_they_were_sent() -> None:
    """Otherwise whoever may name groups could make one that is mapped as another."""
    values = ATTRIBUTE.format("groups", "Admins ") + ATTRIBUTE.format("groups", "&#160;Admins")
    assert read(response(Draft(values=values))).attributes["groups"] == ("Admins ", "\xa0Admins")


def test_a_response_of_another_tenants_identity_provider_is_refused() -> None:
    """Both trust their own; neither trusts the other's, whatever name it goes by."""
    ours, theirs = drafts.idp(), drafts.idp(signer("theirs"), entity_id=OTHER_IDP_ID)
    named = Draft(issuer=OTHER_IDP_ID, response_issuer=OTHER_IDP_ID)
    from_theirs = response(named, by=signer("theirs"))
    read(from_theirs, idp=theirs)
    read(response(), idp=ours)
    assert rule_of(from_theirs, idp=ours) is Rule.ISSUER
    assert rule_of(response(by=signer("theirs")), idp=ours) is Rule.SIGNATURE_INVALID
    assert rule_of(response(named), idp=ours) is Rule.ISSUER


def test_an_unsigned_wrapper_by_another_issuer_is_refused() -> None:
    """Around a genuine assertion of A stands a response that says it is of B."""
    whole = response(Draft(response_issuer=OTHER_IDP_ID))
    assert rule_of(whole) is Rule.ISSUER
    both = drafts.idp(entity_id=OTHER_IDP_ID)
    assert rule_of(whole, idp=both) is Rule.ISSUER


def test_a_response_for_another_service_provider_of_the_tenant_is_refused() -> None:
    """Two identity providers of one tenant have service providers of their own."""
    other = replace(drafts.sp(), acs_url="https://acme.iac.test/sso/saml/entra/acs/")
    read(response())
    assert rule_of(response(), sp=other) is Rule.DESTINATION
    moved = Draft(destination=other.acs_url)
    assert rule_of(response(moved), sp=other) is Rule.RECIPIENT
    moved = moved.change(recipient=other.acs_url)
    read(response(moved), sp=other)
    named_otherwise = replace(other, entity_id="https://acme.iac.test/sso/saml/entra/metadata/")
    assert rule_of(response(moved), sp=named_otherwise) is Rule.AUDIENCE


def test_an_assertion_without_an_id_could_not_be_used_once() -> None:
    for draft in (Draft(), Draft(assertion_id="")):
        assertion = draft.assertion()
        if not draft.assertion_id:
            del assertion.attrib["ID"]
        whole = draft.response(assertion)
        signing.sign(whole, signer().key, signer().certificate)
        if draft.assertion_id:
            read(whole)
        else:
            assert rule_of(whole) is Rule.STRUCTURE


def test_names_of_attributes_are_read_and_friendly_names_are_not() -> None:
    values = (
        '<saml:Attribute Name="role" FriendlyName="admin"><saml:AttributeValue>Viewer'
        '</saml:AttributeValue><saml:AttributeValue xsi:nil="true"/><saml:AttributeValue>'
        "<saml:NameID>x</saml:NameID></saml:AttributeValue></saml:Attribute>"
        f"{ATTRIBUTE.format('role', 'Author')}"
    )
    assert read(response(Draft(values=values))).attributes == {"role": ("Viewer", "Author")}


@pytest.mark.parametrize("part", ["SubjectConfirmation", "SubjectConfirmationData"])
def test_a_subject_is_confirmed_exactly_once(part: str) -> None:
    draft = Draft()
    for count in (0, 2):
        assertion = draft.assertion()
        element = next(assertion.iter(f"{{urn:oasis:names:tc:SAML:2.0:assertion}}{part}"))
        parent = element.getparent()
        assert parent is not None
        if count:
            parent.append(deepcopy(element))
        else:
            parent.remove(element)
        signing.sign(assertion, signer().key, signer().certificate)
        assert rule_of(draft.response(assertion)) is Rule.CONFIRMATION


def test_a_value_that_is_too_long_for_a_name_is_left_out() -> None:
    picture, name = ATTRIBUTE.format("photo", "x" * 4_097), ATTRIBUTE.format("cn", "x" * 4_096)
    read_values = read(response(Draft(values=picture + name))).attributes
    assert read_values == {"photo": (), "cn": ("x" * 4_096,)}

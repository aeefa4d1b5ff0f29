"""Signature wrapping in the eight forms of "On Breaking SAML", beside genuine responses."""

from __future__ import annotations

import itertools
from copy import deepcopy
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from sso.saml.protocol.names import dsig, saml, samlp
from sso.saml.protocol.rules import Rule
from tests.sso.saml.protocol import drafts, encrypting, signing
from tests.sso.saml.protocol.drafts import response, signer
from tests.sso.saml.protocol.reading import read, rule_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

    Attack = Callable[[Element], Element]


def _evil(genuine: Element, identifier: str | None) -> Element:
    """A copy that names somebody else, with another ID, the same, or none."""
    evil = deepcopy(genuine)
    for name_id in evil.iter(saml("NameID")):
        name_id.text = "admin@example.com"
    if identifier is None:
        del evil.attrib["ID"]
    elif identifier:
        evil.set("ID", identifier)
    return evil


def _without_signature(element: Element) -> Element:
    copy = deepcopy(element)
    copy.remove(_signature(copy))
    return copy


def _signature(element: Element) -> Element:
    found = element.find(dsig("Signature"))
    assert found is not None
    return found


def _assertion(whole: Element) -> Element:
    found = whole.find(saml("Assertion"))
    assert found is not None
    return found


def xsw1(whole: Element, identifier: str | None) -> Element:
    """The genuine response inside the signature of the evil one."""
    evil = _evil(whole, identifier)
    _signature(evil).append(_without_signature(whole))
    return evil


def xsw2(whole: Element, identifier: str | None) -> Element:
    """The genuine response beside the signature within the evil one."""
    evil = _evil(whole, identifier)
    _signature(evil).addprevious(_without_signature(whole))
    return evil


def xsw3(whole: Element, identifier: str | None) -> Element:
    """The evil assertion before the genuine one."""
    genuine = _assertion(whole)
    genuine.addprevious(_without_signature(_evil(genuine, identifier)))
    return whole


def xsw4(whole: Element, identifier: str | None) -> Element:
    """The genuine assertion inside the evil one."""
    genuine = _assertion(whole)
    evil = _without_signature(_evil(genuine, identifier))
    whole.replace(genuine, evil)
    evil.append(genuine)
    return whole


def xsw5(whole: Element, identifier: str | None) -> Element:
    """The evil assertion with the signature, the genuine one behind it."""
    genuine = _assertion(whole)
    whole.replace(genuine, _evil(genuine, identifier))
    whole.append(_without_signature(genuine))
    return whole


def xsw6(whole: Element, identifier: str | None) -> Element:
    """The genuine assertion inside the signature of the evil one."""
    genuine = _assertion(whole)
    evil = _evil(genuine, identifier)
    whole.replace(genuine, evil)
    _signature(evil).append(_without_signature(genuine))
    return whole


def xsw7(whole: Element, identifier: str | None) -> Element:
    """The evil assertion in the response's extensions."""
    genuine = _assertion(whole)
    extensions = etree.Element(samlp("Extensions"))
    extensions.append(_without_signature(_evil(genuine, identifier)))
    genuine.addprevious(extensions)
    return whole


def xsw8(whole: Element, identifier: str | None) -> Element:
    """The genuine assertion as an object of the evil one's signature."""
    genuine = _assertion(whole)
    evil = _evil(genuine, identifier)
    whole.replace(genuine, evil)
    kept = etree.SubElement(_signature(evil), dsig("Object"))
    kept.append(_without_signature(genuine))
    return whole


REFUSED_AS = {
    Rule.ASSERTION_COUNT,
    Rule.STRUCTURE,
    Rule.SIGNATURE_PLACE,
    Rule.SIGNATURE_REFERENCE,
    Rule.DUPLICATE_ID,
    Rule.UNEXPECTED_MESSAGE,
}


@pytest.mark.parametrize("identifier", ["_evil", "", None], ids=["other-id", "same-id", "no-id"])
@pytest.mark.parametrize(
    ("attack", "signs"),
    [
        *itertools.product([xsw1, xsw2], ["response", "both"]),
        *itertools.product([xsw3, xsw4, xsw5, xsw6, xsw7, xsw8], ["assertion", "both"]),
    ],
)
def test_a_wrapped_response_is_refused(
    attack: Callable[[Element, str | None], Element], signs: str, identifier: str | None
) -> None:
    genuine = response(signs=signs)
    read(genuine)
    assert rule_of(attack(genuine, identifier)) in REFUSED_AS


@pytest.mark.parametrize("attack", [xsw4, xsw6, xsw8])
@pytest.mark.parametrize("identifier", ["_evil", None], ids=["other-id", "no-id"])
def test_an_assertion_that_is_wrapped_inside_encryption_is_refused(
    attack: Callable[[Element, str | None], Element], identifier: str | None
) -> None:
    read(_encrypted(response()))
    assert rule_of(_encrypted(attack(response(), identifier))) in REFUSED_AS


def test_an_assertion_beside_an_encrypted_one_is_refused() -> None:
    whole = _encrypted(response())
    read(whole)
    whole.insert(2, _without_signature(_evil(_assertion(response()), "_evil")))
    assert rule_of(whole) is Rule.ASSERTION_COUNT


@pytest.mark.parametrize("place", [0, 2, -1])
def test_two_signatures_on_one_element_are_refused(place: int) -> None:
    whole = response()
    read(whole)
    assertion = _assertion(whole)
    second = deepcopy(_signature(assertion))
    assertion.insert(place if place >= 0 else len(assertion), second)
    assert rule_of(whole) is Rule.SIGNATURE_PLACE


@pytest.mark.parametrize("inside", ["Subject", "Conditions", "AttributeStatement"])
def test_a_signature_below_another_element_is_refused(inside: str) -> None:
    whole = response(signs="response")
    read(whole)
    target = _assertion(whole).find(saml(inside))
    assert target is not None
    target.append(deepcopy(_signature(whole)))
    assert rule_of(whole) is Rule.SIGNATURE_PLACE


@pytest.mark.parametrize("name", ["Advice", "AuthzDecisionStatement", "Statement"])
def test_parts_that_no_sign_on_has_are_refused(name: str) -> None:
    read(response(signs="response"))
    rebuilt = drafts.Draft()
    assertion = rebuilt.assertion()
    etree.SubElement(assertion, saml(name))
    signed = rebuilt.response(assertion)
    signing.sign(signed, signer().key, signer().certificate)
    assert rule_of(signed) is Rule.STRUCTURE


def _encrypted(whole: Element) -> Element:
    assertion = _assertion(whole)
    plain = etree.tostring(assertion)
    whole.replace(assertion, encrypting.encrypt(plain, signer("sp-encryption").certificate))
    return whole

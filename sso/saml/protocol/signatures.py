"""XML signatures as SAML profiles them (SAML core, section 5.4), and nothing beyond.

An element is signed when it has exactly one ``ds:Signature`` as its child, with one reference to
that element. This is checked first. Then the element, alone, with no key of its own choosing, goes
to the verification; and what comes back is what was digested, parsed anew. Nothing else of the
message may be read as signed.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature as KeyDoesNotFit
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidDigest, SignXMLException
from signxml.signer import SignatureReference, XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from sso.federation.errors import quoted
from sso.saml.protocol import documents, keys
from sso.saml.protocol.names import DSIG, ENVELOPED, EXCLUSIVE_C14N, dsig, saml
from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509
    from lxml.etree import _Element as Element

    from sso.saml.protocol.keys import KeyPair

# At DEBUG it writes what it verifies, which is who signs in with which attributes.
logging.getLogger("signxml").setLevel(logging.WARNING)

SIGNATURE_METHODS: Final = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
    }
)
_DIGESTS: Final = frozenset(
    {DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512}
)
_METHOD_URIS = frozenset(method.value for method in SIGNATURE_METHODS)
_DIGEST_URIS = frozenset(digest.value for digest in _DIGESTS)
_INCLUSIVE_NAMESPACES = f"{{{EXCLUSIVE_C14N}}}InclusiveNamespaces"
_MAX_SIGNATURES_TRIED = 8  # certificates of one identity provider
_REMEDY: Final = (
    "Set the identity provider to exclusive canonicalization (xml-exc-c14n) with the "
    "enveloped-signature transform only."
)


def is_signed(element: Element) -> bool:
    """Whether an element claims to be signed itself."""
    return element.find(dsig("Signature")) is not None


def verified(element: Element, certificates: Sequence[str]) -> Element:
    """Return what was signed of an element, parsed anew, and refuse what is not signed rightly.

    Args:
        element: an element of a message, with its signature as a child.
        certificates: in PEM; one of them must have signed. Their time of validity is not asked
            for: metadata trusts keys, and an expired certificate is a warning for the admin.
    """
    signature = documents.only(element, dsig("Signature"), Rule.SIGNATURE_PLACE)
    _check_profile(signature, element.get("ID"))
    alone = _alone_without_key_info(element)
    covered = documents.parse_signed(_verify(alone, certificates, _named_key(signature)))
    if covered.tag != element.tag or covered.get("ID") != element.get("ID"):
        raise SamlError(
            Rule.SIGNATURE_REFERENCE, "The signature covers another element than it stands in."
        )
    return covered


def signed(element: Element, key_pair: KeyPair) -> Element:
    """Sign an element that has an ID: RSA-SHA256, with the signature where SAML's schema has it."""
    issuer = element.find(saml("Issuer"))
    place = etree.Element(dsig("Signature"), {"Id": "placeholder"}, nsmap={"ds": DSIG})
    element.insert(0 if issuer is None else element.index(issuer) + 1, place)
    signer = XMLSigner(
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    return signer.sign(
        element,
        key=key_pair.private_key(),
        cert=[keys.certificate_of(key_pair.certificate_pem)],
        reference_uri=[SignatureReference(URI=f"#{element.get('ID')}")],
        id_attribute="ID",
    )


def _check_profile(signature: Element, element_id: str | None) -> None:
    """Refuse a signature that is made in any other way than SAML allows."""
    if [child.tag for child in signature][:2] != [dsig("SignedInfo"), dsig("SignatureValue")]:
        raise SamlError(
            Rule.SIGNATURE_PLACE, "A signature does not begin with what it signs and its value."
        )
    if [child.tag for child in signature][2:] not in ([], [dsig("KeyInfo")]):
        raise SamlError(Rule.SIGNATURE_PLACE, "A signature contains more than SAML allows.")
    documents.base64_of(signature[1], Rule.SIGNATURE_INVALID)
    signed_info = signature[0]
    parts = [dsig("CanonicalizationMethod"), dsig("SignatureMethod"), dsig("Reference")]
    if [child.tag for child in signed_info] != parts:
        raise SamlError(Rule.SIGNATURE_REFERENCE, "A signature has not exactly one reference.")
    _check_canonicalization(signed_info[0])
    _check_algorithm(signed_info[1], _METHOD_URIS)
    _check_reference(signed_info[2], element_id)


def _check_reference(reference: Element, element_id: str | None) -> None:
    if not element_id or reference.get("URI") != f"#{element_id}":
        uri = quoted(reference.get("URI"))
        raise SamlError(
            Rule.SIGNATURE_REFERENCE, f"A signature refers to {uri}, not to its own element."
        )
    parts = [dsig("Transforms"), dsig("DigestMethod"), dsig("DigestValue")]
    if [child.tag for child in reference] != parts:
        raise SamlError(
            Rule.SIGNATURE_REFERENCE, "The reference of a signature has unexpected parts."
        )
    _check_transforms(reference[0])
    _check_algorithm(reference[1], _DIGEST_URIS)
    documents.base64_of(reference[2], Rule.SIGNATURE_INVALID)


def _check_transforms(transforms: Element) -> None:
    algorithms = [transform.get("Algorithm") for transform in transforms]
    if algorithms != [ENVELOPED, EXCLUSIVE_C14N] or len(transforms[0]):
        named = ", ".join(map(quoted, algorithms))
        raise SamlError(
            Rule.SIGNATURE_TRANSFORM, f"The signature uses the transforms {named}. {_REMEDY}"
        )
    _check_canonicalization(transforms[1])


def _check_canonicalization(method: Element) -> None:
    if method.get("Algorithm") != EXCLUSIVE_C14N:
        algorithm = quoted(method.get("Algorithm"))
        raise SamlError(
            Rule.SIGNATURE_TRANSFORM, f"The signature is canonicalized by {algorithm}. {_REMEDY}"
        )
    if [child.tag for child in method] not in ([], [_INCLUSIVE_NAMESPACES]):
        raise SamlError(Rule.SIGNATURE_TRANSFORM, "A canonicalization has unexpected parts.")


def _check_algorithm(method: Element, allowed: frozenset[str]) -> None:
    if method.get("Algorithm") not in allowed or len(method):
        algorithm = quoted(method.get("Algorithm"))
        raise SamlError(
            Rule.SIGNATURE_ALGORITHM,
            f"The algorithm {algorithm} is not supported. Set the identity provider to sign with "
            "RSA or ECDSA and SHA-256 or stronger.",
        )


def _alone_without_key_info(element: Element) -> Element:
    """The element as a document of its own; a key that it brings along must not matter."""
    alone = documents.parse_signed(documents.serialized(element))
    signature = documents.only(alone, dsig("Signature"), Rule.SIGNATURE_PLACE)
    for key_info in signature.findall(dsig("KeyInfo")):
        signature.remove(key_info)
    return alone


def _verify(alone: Element, certificates: Sequence[str], named: str) -> bytes:
    """The bytes that were digested, once one of the certificates verifies the signature."""
    for pem in certificates[:_MAX_SIGNATURES_TRIED]:
        try:
            return _verify_with(keys.certificate_of(pem), alone)
        except InvalidDigest:
            raise SamlError(
                Rule.SIGNATURE_INVALID, "The content was changed after it was signed."
            ) from None
        except (SignXMLException, KeyDoesNotFit, ValueError, etree.LxmlError):
            continue
    raise SamlError(
        Rule.SIGNATURE_INVALID,
        f"No certificate of the identity provider verifies the signature.{named} If it replaced "
        "its key, refresh its metadata.",
    )


def _verify_with(certificate: x509.Certificate, alone: Element) -> bytes:
    result = XMLVerifier().verify(
        alone,
        x509_cert=certificate,
        id_attribute="ID",
        expect_config=SignatureConfiguration(
            location="./",
            expect_references=1,
            signature_methods=SIGNATURE_METHODS,
            digest_algorithms=_DIGESTS,
            verification_time=certificate.not_valid_before_utc,
        ),
    )
    if isinstance(result, list):  # it is one, as one reference is expected
        raise SamlError(Rule.SIGNATURE_REFERENCE, "A signature has several references.")
    return result.signed_data


def _named_key(signature: Element) -> str:
    """What the signature says about its key: no proof, but something for admins to compare."""
    named = signature.find(f"{dsig('KeyInfo')}/{dsig('X509Data')}/{dsig('X509Certificate')}")
    if named is None:
        return ""
    pem = keys.pem_of(named.text or "")
    return f" It names the certificate {keys.fingerprint_of(pem)}." if pem else ""

"""The rules for messages: a code each, a sentence for the person, and a reason for the admin."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sso.federation.errors import MessageRefused


class Rule(StrEnum):
    """What a message was refused for; the values are stable and stand in the login log."""

    # Reading
    TOO_LARGE = "message-too-large"
    ENCODING = "message-encoding"
    NOT_XML = "message-not-xml"
    DOCUMENT_TYPE = "document-type-declared"
    COMMENT = "comment-or-cdata"
    INSTRUCTION = "processing-instruction"
    TOO_COMPLEX = "message-too-complex"
    DUPLICATE_ID = "duplicate-id"
    # Shape
    UNEXPECTED_MESSAGE = "unexpected-message"
    STRUCTURE = "unexpected-structure"
    ASSERTION_COUNT = "not-exactly-one-assertion"
    VERSION = "unsupported-version"
    # Signatures
    UNSIGNED = "not-signed"
    RESPONSE_UNSIGNED = "response-not-signed"
    ASSERTION_UNSIGNED = "assertion-not-signed"
    SIGNATURE_PLACE = "signature-in-wrong-place"
    SIGNATURE_REFERENCE = "signature-reference"
    SIGNATURE_TRANSFORM = "signature-transform"
    SIGNATURE_ALGORITHM = "signature-algorithm"
    SIGNATURE_INVALID = "signature-invalid"
    # Encryption
    NOT_ENCRYPTED = "assertion-not-encrypted"
    ENCRYPTION_STRUCTURE = "encryption-structure"
    ENCRYPTION_REFERENCE = "encryption-reference"
    ENCRYPTION_ALGORITHM = "encryption-algorithm"
    DECRYPTION = "decryption-failed"
    # What is said
    ISSUER = "wrong-issuer"
    DESTINATION = "wrong-destination"
    STATUS = "status-not-success"
    IN_RESPONSE_TO = "wrong-in-response-to"
    UNSOLICITED = "unsolicited-response"
    ISSUE_INSTANT = "wrong-issue-instant"
    SUBJECT = "wrong-subject"
    NAME_ID = "wrong-name-id"
    CONFIRMATION = "subject-confirmation"
    RECIPIENT = "wrong-recipient"
    CONDITIONS = "conditions"
    AUDIENCE = "wrong-audience"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    LIFETIME = "lifetime-too-long"
    AUTHENTICATION = "authentication-statement"
    AUTHENTICATION_CONTEXT = "authentication-context"
    SESSION_EXPIRED = "session-expired"
    ATTRIBUTES = "attributes"
    REPLAY = "used-before"
    SIGNED_OUT_SINCE = "signed-out-since"
    STORE_UNAVAILABLE = "one-time-store-unavailable"
    # Metadata
    METADATA = "metadata"
    METADATA_EXPIRED = "metadata-expired"
    CERTIFICATE = "certificate"
    ENDPOINT = "endpoint"


_UNREADABLE = "The answer of your identity provider could not be read. Please sign in again."
_UNTRUSTED = (
    "We could not confirm that this sign-in comes from your identity provider. "
    "Please tell your administrator."
)
_MISCONFIGURED = (
    "Your identity provider and this site are not set up to work together. "
    "Please tell your administrator."
)
_STALE = "This sign-in has expired or was used before. Please sign in again."
_NOT_BEGUN_HERE = (
    "This sign-in was not started in this browser. Allow cookies for this site, and start from its "
    "sign-in page."
)
_CLOCK = (
    "This sign-in has the wrong time. Please try again, and tell your administrator if it happens "
    "again."
)
_NOT_SIGNED_IN = (
    "Your identity provider did not sign you in. Please try again, or ask your administrator for "
    "access."
)
_UNAVAILABLE = "Sign-in is not available right now. Please try again in a few minutes."

_SENTENCES: Final[dict[str, tuple[Rule, ...]]] = {
    _UNREADABLE: (
        Rule.TOO_LARGE,
        Rule.ENCODING,
        Rule.NOT_XML,
        Rule.DOCUMENT_TYPE,
        Rule.COMMENT,
        Rule.INSTRUCTION,
        Rule.TOO_COMPLEX,
        Rule.DUPLICATE_ID,
        Rule.UNEXPECTED_MESSAGE,
        Rule.STRUCTURE,
        Rule.ASSERTION_COUNT,
        Rule.VERSION,
    ),
    _UNTRUSTED: (
        Rule.UNSIGNED,
        Rule.RESPONSE_UNSIGNED,
        Rule.ASSERTION_UNSIGNED,
        Rule.SIGNATURE_PLACE,
        Rule.SIGNATURE_REFERENCE,
        Rule.SIGNATURE_TRANSFORM,
        Rule.SIGNATURE_ALGORITHM,
        Rule.SIGNATURE_INVALID,
        Rule.ISSUER,
        Rule.CONFIRMATION,
    ),
    _MISCONFIGURED: (
        Rule.NOT_ENCRYPTED,
        Rule.ENCRYPTION_STRUCTURE,
        Rule.ENCRYPTION_REFERENCE,
        Rule.ENCRYPTION_ALGORITHM,
        Rule.DECRYPTION,
        Rule.DESTINATION,
        Rule.SUBJECT,
        Rule.NAME_ID,
        Rule.RECIPIENT,
        Rule.CONDITIONS,
        Rule.AUDIENCE,
        Rule.LIFETIME,
        Rule.AUTHENTICATION,
        Rule.AUTHENTICATION_CONTEXT,
        Rule.ATTRIBUTES,
        Rule.METADATA,
        Rule.METADATA_EXPIRED,
        Rule.CERTIFICATE,
        Rule.ENDPOINT,
    ),
    _STALE: (
        Rule.IN_RESPONSE_TO,
        Rule.EXPIRED,
        Rule.SESSION_EXPIRED,
        Rule.REPLAY,
        Rule.SIGNED_OUT_SINCE,
    ),
    _NOT_BEGUN_HERE: (Rule.UNSOLICITED,),
    _CLOCK: (Rule.ISSUE_INSTANT, Rule.NOT_YET_VALID),
    _NOT_SIGNED_IN: (Rule.STATUS,),
    _UNAVAILABLE: (Rule.STORE_UNAVAILABLE,),
}
SENTENCES: Final = {rule: sentence for sentence, rules in _SENTENCES.items() for rule in rules}


class SamlError(MessageRefused):
    """A message broke a rule."""

    code = "saml-refused"
    rule: Rule

    def __init__(self, rule: Rule, reason: str) -> None:
        unavailable = rule is Rule.STORE_UNAVAILABLE
        super().__init__(rule, SENTENCES[rule], reason, is_temporary=unavailable)

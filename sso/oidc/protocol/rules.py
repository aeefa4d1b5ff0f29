"""The rules of a sign-on: a code each, a sentence for the person, and a reason for the admin."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sso.federation.errors import MessageRefused


class Rule(StrEnum):
    """What a sign-on was refused for; the values are stable and stand in the login log."""

    # The provider's documents
    DISCOVERY = "discovery"
    DISCOVERY_ISSUER = "discovery-issuer-mismatch"
    KEYS = "keys"
    UNREACHABLE = "provider-unreachable"
    CLIENT_SECRET = "client-secret-missing"  # noqa: S105  # the name of a rule
    # What the browser brings back
    PARAMETERS = "response-parameters"
    STATE = "unknown-state"
    RESPONSE_ISSUER = "wrong-response-issuer"
    ERROR = "error-response"
    # The token endpoint's answer
    TOKEN_ERROR = "token-error"  # noqa: S105  # likewise
    TOKEN_RESPONSE = "token-response"  # noqa: S105  # likewise
    # The ID token
    ID_TOKEN = "id-token-malformed"  # noqa: S105  # likewise
    ALGORITHM = "signature-algorithm"
    CRITICAL = "critical-header"
    TOKEN_TYPE = "wrong-token-type"  # noqa: S105  # likewise
    UNKNOWN_KEY = "unknown-key"
    SIGNATURE = "signature-invalid"
    ISSUER = "wrong-issuer"
    SUBJECT = "wrong-subject"
    AUDIENCE = "wrong-audience"
    AUTHORIZED_PARTY = "wrong-authorized-party"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    ISSUED_AT = "wrong-issued-at"
    NONCE = "wrong-nonce"
    ACCESS_TOKEN_HASH = "wrong-access-token-hash"  # noqa: S105  # likewise
    AUTHENTICATION_TIME = "wrong-authentication-time"
    TENANT = "wrong-tenant"
    HOSTED_DOMAIN = "wrong-hosted-domain"
    # The claims beside it
    USERINFO = "userinfo"
    USERINFO_SUBJECT = "userinfo-wrong-subject"
    # Logout tokens
    LOGOUT_TOKEN = "logout-token-malformed"  # noqa: S105  # likewise
    LOGOUT_EVENT = "logout-event-missing"
    LOGOUT_NONCE = "logout-nonce"
    USED = "used-before"
    # What is kept here
    UNSOLICITED = "unsolicited-response"
    CONFIGURATION = "configuration-changed"
    STORE_UNAVAILABLE = "one-time-store-unavailable"


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
    "This sign-in was not started in this browser, or is over. Allow cookies for this site, and "
    "start from its sign-in page."
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
        Rule.PARAMETERS,
        Rule.TOKEN_RESPONSE,
        Rule.ID_TOKEN,
        Rule.USERINFO,
        Rule.LOGOUT_TOKEN,
    ),
    _UNTRUSTED: (
        Rule.RESPONSE_ISSUER,
        Rule.ALGORITHM,
        Rule.CRITICAL,
        Rule.TOKEN_TYPE,
        Rule.UNKNOWN_KEY,
        Rule.SIGNATURE,
        Rule.ISSUER,
        Rule.NONCE,
        Rule.ACCESS_TOKEN_HASH,
        Rule.USERINFO_SUBJECT,
        Rule.LOGOUT_EVENT,
        Rule.LOGOUT_NONCE,
    ),
    _MISCONFIGURED: (
        Rule.DISCOVERY,
        Rule.DISCOVERY_ISSUER,
        Rule.KEYS,
        Rule.CLIENT_SECRET,
        Rule.SUBJECT,
        Rule.AUDIENCE,
        Rule.AUTHORIZED_PARTY,
        Rule.CONFIGURATION,
    ),
    _STALE: (Rule.EXPIRED, Rule.AUTHENTICATION_TIME, Rule.USED),
    _NOT_BEGUN_HERE: (Rule.STATE, Rule.UNSOLICITED),
    _CLOCK: (Rule.NOT_YET_VALID, Rule.ISSUED_AT),
    _NOT_SIGNED_IN: (Rule.ERROR, Rule.TOKEN_ERROR, Rule.TENANT, Rule.HOSTED_DOMAIN),
    _UNAVAILABLE: (Rule.UNREACHABLE, Rule.STORE_UNAVAILABLE),
}
SENTENCES: Final = {rule: sentence for sentence, rules in _SENTENCES.items() for rule in rules}
_TEMPORARY: Final = {Rule.UNREACHABLE, Rule.STORE_UNAVAILABLE}


class OidcError(MessageRefused):
    """A sign-on broke a rule."""

    code = "oidc-refused"
    rule: Rule

    def __init__(self, rule: Rule, reason: str) -> None:
        super().__init__(rule, SENTENCES[rule], reason, is_temporary=rule in _TEMPORARY)

"""Passkeys (W3C Web Authentication, Level 3): keys that a browser or a device keeps for one host.

The challenge stays in the browser's session and is taken out of it by the first answer, so an
answer counts once. What is signed names the host, so no other site can use it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from iac_platform.cache import CacheUnavailable, ledger
from sso.second_factors.errors import InvalidSecondFactor
from sso.second_factors.models import MAX_CREDENTIAL_ID, FactorKind, SecondFactor
from sso.second_factors.selectors import passkeys_of
from sso.second_factors.services.factors import confirm, note_use
from tenants.context import current_tenant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    from rbac.models import User

_CHALLENGE = "passkey_challenge"
_CHALLENGE_SECONDS = 600
LONGEST_ANSWER = 12_000
_REGISTERED = "This passkey is registered already."
_REFUSED = "The passkey was not accepted. Try again, or use another one."


def host_of(request: HttpRequest) -> str:
    """The host name for which a browser makes and offers passkeys."""
    return request.get_host().partition(":")[0]


def registration_options(request: HttpRequest, user: User) -> str:
    """What the browser needs for making a passkey, as JSON."""
    import webauthn  # noqa: PLC0415  # loaded by whoever uses passkeys
    from webauthn.helpers import structs  # noqa: PLC0415  # likewise

    host = host_of(request)
    options = webauthn.generate_registration_options(
        rp_id=host,
        rp_name=current_tenant().name,
        user_id=user.pk.bytes,
        user_name=user.username,
        user_display_name=user.full_name or user.username,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED,
            user_verification=structs.UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_descriptors(passkeys_of(user, host)),
    )
    _keep_challenge(request, options.challenge)
    return webauthn.options_to_json(options)


@transaction.atomic
def add_passkey(
    request: HttpRequest, user: User, *, name: str, answer: str, is_first: bool = False
) -> SecondFactor:
    """Keep the passkey that a browser has made.

    Args:
        request: of the browser.
        user: whose it will be.
        name: by which they tell it from others.
        answer: what the browser answers to ``registration_options``.
        is_first: whether it must be its owner's first second factor.

    Raises:
        InvalidSecondFactor: the answer is not one to the challenge of this browser, at this host.
        RecentAuthenticationRequired, TooManySecondFactors, SecondFactorExists: see
            ``factors.confirm``.
    """
    import webauthn  # noqa: PLC0415  # likewise

    challenge = _take_challenge(request)
    try:
        credential = webauthn.helpers.parse_registration_credential_json(_bounded(answer))
        _require_no_attestation(credential.response.attestation_object)
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=host_of(request),
            expected_origin=_origin_of(request),
        )
    except _refusals() as error:
        raise _refused() from error
    factor = SecondFactor(
        user=user,
        kind=FactorKind.PASSKEY,
        name=name,
        public_key=verified.credential_public_key,
        credential_id=_stored(verified.credential_id),
        host=host_of(request),
        counter=verified.sign_count,
    )
    if SecondFactor.objects.filter(credential_id=factor.credential_id).exists():
        raise InvalidSecondFactor(_REGISTERED)
    try:
        with transaction.atomic():
            confirm(factor, browser=request.session, is_first=is_first)
    except IntegrityError as error:  # by another request at the same moment
        raise InvalidSecondFactor(_REGISTERED) from error
    return factor


def _require_no_attestation(attestation_object: bytes) -> None:
    """Refuse statements of manufacturers, which are not asked for: nothing reads certificates.

    Raises:
        InvalidSecondFactor: there is one.
    """
    from webauthn.helpers import parse_attestation_object, structs  # noqa: PLC0415  # likewise

    if parse_attestation_object(attestation_object).fmt != structs.AttestationFormat.NONE:
        raise _refused()


def authentication_options(request: HttpRequest, user: User) -> str:
    """What the browser needs for showing one of somebody's passkeys, as JSON; empty without any."""
    import webauthn  # noqa: PLC0415  # likewise

    host = host_of(request)
    allowed = _descriptors(passkeys_of(user, host))
    if not allowed:
        return ""
    options = webauthn.generate_authentication_options(rp_id=host, allow_credentials=allowed)
    _keep_challenge(request, options.challenge)
    return webauthn.options_to_json(options)


@transaction.atomic
def shows_passkey(request: HttpRequest, user: User, answer: str) -> bool:
    """Whether an answer is one of somebody's passkeys to the challenge of this browser."""
    import webauthn  # noqa: PLC0415  # likewise

    challenge = _take_challenge(request)
    try:
        credential = webauthn.helpers.parse_authentication_credential_json(_bounded(answer))
        factor = (
            passkeys_of(user, host_of(request))
            .select_for_update()
            .filter(credential_id=_stored(credential.raw_id))
            .first()
        )
        if factor is None:
            return False
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=factor.host,
            expected_origin=_origin_of(request),
            credential_public_key=bytes(factor.public_key),
            credential_current_sign_count=factor.counter,
        )
    except _refusals():
        return False
    note_use(factor, verified.new_sign_count)
    return True


def _keep_challenge(request: HttpRequest, challenge: bytes) -> None:
    request.session[_CHALLENGE] = [challenge.hex(), int(time.time())]


def _take_challenge(request: HttpRequest) -> bytes:
    """The challenge that was sent to this browser, the only time.

    Raises:
        InvalidSecondFactor: there is none, or it is too old.
    """
    challenge, sent_at = request.session.pop(_CHALLENGE, ("", 0))
    if time.time() - sent_at > _CHALLENGE_SECONDS or not _is_unused(challenge):
        raise InvalidSecondFactor("The page was open for too long. Try again.")
    return bytes.fromhex(challenge)


def _is_unused(challenge: str) -> bool:
    """Whether no other request has taken it at the same moment: each has read the same session."""
    try:
        return ledger.add(_CHALLENGE, challenge, 1, ttl=_CHALLENGE_SECONDS)
    except CacheUnavailable:
        return True


def _origin_of(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _bounded(answer: str) -> str:
    if len(answer) > LONGEST_ANSWER:
        raise _refused()
    return answer


def _descriptors(factors: Iterable[SecondFactor]) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers import base64url_to_bytes, structs  # noqa: PLC0415  # likewise

    return [
        structs.PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential_id or ""))
        for each in factors
    ]


def _stored(credential_id: bytes) -> str:
    from webauthn.helpers import bytes_to_base64url  # noqa: PLC0415  # likewise

    stored = bytes_to_base64url(credential_id)
    if len(stored) > MAX_CREDENTIAL_ID:
        raise _refused()
    return stored


def _refused() -> InvalidSecondFactor:
    return InvalidSecondFactor(_REFUSED)


def _refusals() -> tuple[type[Exception], ...]:
    """What the library raises for an answer that is wrong, or is none."""
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415  # likewise

    return (
        InvalidSecondFactor,
        WebAuthnException,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
        RecursionError,
    )

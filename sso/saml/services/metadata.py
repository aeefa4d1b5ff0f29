"""Reading the metadata of identity providers into configurations."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING, Final, NamedTuple

from django.conf import settings
from django.utils import timezone

from iac_platform.cache import ledger
from iac_platform.common import fetching
from iac_platform.common.access import access_policy
from iac_platform.common.audit import SystemActor
from iac_platform.common.changes import changing
from iac_platform.common.errors import RevisionConflict
from iac_platform.common.fetching import FetchFailed
from iac_platform.common.places import Places
from iac_platform.common.transactions import one_transaction
from sso.saml import selectors
from sso.saml.errors import FetchesBusy, MetadataRefused, TooManyFetches
from sso.saml.models import MAX_METADATA_CHARACTERS
from sso.saml.models.configuration import MAX_ERROR
from sso.saml.permissions import UPDATE_SAML_CONFIGURATION
from sso.saml.protocol import keys, times
from sso.saml.protocol.rules import SamlError
from sso.saml.services.trust import end_sessions
from sso.sign_in.services.trust import require_admins_rights
from tenants.context import current_tenant_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from django.core.files.base import File

    from iac_platform.common.audit import Actor
    from sso.saml.models import SamlConfiguration
    from sso.saml.protocol.parties import Endpoint, IdentityProvider

_SECONDS: Final = 5.0
XML, URL, FILE = "metadata_xml", "metadata_url", "metadata_file"
_TOO_LONG: Final = f"The document has over {MAX_METADATA_CHARACTERS} characters."
# Whoever fetches keeps one of the process's threads.
FETCHES: Final = Places(2, 1, FetchesBusy)
SCHEDULE: Final = SystemActor("metadata refresh")
_NO_URL: Final = "This configuration has no metadata URL. Upload a document, or set metadata_url."
# A document has at most eight at a time, and nobody adds one without a key that is trusted.
_MOST_DROPPED: Final = 100
_MOST_DESCRIBED, _MAX_DESCRIBED = 20, 300
_BY_HAND: Final = (
    "Compare with what the identity provider's admin says, then refresh the metadata by hand. "
)
_NOT_VOUCHED: Final = (
    "The document changes whom to trust, and no certificate that is trusted now has signed it: {} "
    f"{_BY_HAND}Changed: {{}}."
)
_DROPPED: Final = (
    "The document has a certificate that left the metadata before, so it may be an old one. "
    f"{_BY_HAND}Certificate: {{}}."
)


class Metadata(NamedTuple):
    """A good document, what it says, and where it was fetched from, if it was."""

    xml: str
    identity_provider: IdentityProvider
    url: str = ""


def given(xml: str, url: str) -> Metadata | None:
    """The metadata that somebody gave: the document, or where it is fetched from; None for none.

    Call it before others wait: it may take seconds.

    Raises:
        MetadataRefused: both were given, or there is no document that can be used.
        TooManyFetches: the tenant has had too many fetched in a short time.
        FetchesBusy: one is being fetched for the tenant, or several for others.
    """
    if xml and url:
        raise _refused(URL, "Give the document or its URL, not both.")
    if url:
        return fetched(url)
    return Metadata(xml, _read(xml, XML)) if xml else None


def fetched(url: str) -> Metadata:
    """The metadata at a URL; see ``given``."""
    try:
        fetching.parse_url(url)  # a typo is told at once, and counts for nothing
        _count_fetch()
        with FETCHES.taken(current_tenant_id()):
            document = fetching.fetch(url, max_bytes=MAX_METADATA_CHARACTERS, seconds=_SECONDS)
    except FetchFailed as failure:
        raise _refused(URL, failure.detail) from failure
    xml = _decoded(document, URL)
    return Metadata(xml, _read(xml, URL), url)


def uploaded(file: File[bytes], xml: str) -> str:
    """The document in a file that somebody gave; nothing of a large one is read.

    Args:
        file: which one.
        xml: what was given as text beside it.

    Raises:
        MetadataRefused: both were given, or it is too large or not in UTF-8.
    """
    if xml:
        raise _refused(FILE, "Give the document as text or as a file, not both.")
    if file.size > MAX_METADATA_CHARACTERS:
        raise _refused(FILE, _TOO_LONG)
    return _decoded(file.read(), FILE)


def _decoded(document: bytes, pointer: str) -> str:
    try:
        return document.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(pointer, "The document is not in UTF-8.") from None


def apply(configuration: SamlConfiguration, metadata: Metadata) -> None:
    """Put metadata on a configuration that is about to be saved; the same again change nothing."""
    configuration.metadata_url, configuration.metadata_error = metadata.url, ""
    configuration.metadata_valid_until = metadata.identity_provider.valid_until
    if metadata.xml != configuration.metadata_xml:
        configuration.dropped_certificates = _dropped(configuration, metadata.identity_provider)
        configuration.metadata_xml = metadata.xml
        configuration.entity_id = metadata.identity_provider.entity_id
        configuration.certificates = list(metadata.identity_provider.certificates)
        configuration.metadata_refreshed_at = timezone.now()


def described(configuration: SamlConfiguration) -> dict[str, object]:
    """What the audit log says of metadata: whose signatures are trusted, where people are sent."""
    known, ends = selectors.last_good(configuration), configuration.metadata_valid_until
    return {
        "entity_id": configuration.entity_id,
        "certificates": _fingerprints(configuration.certificates),
        "sign_on_endpoints": _bounded(_endpoints(known.sign_on if known else ())),
        "logout_endpoints": _bounded(_endpoints(known.logout if known else ())),
        "metadata_valid_until": ends and times.written(ends),
    }


def refresh_metadata(configuration: SamlConfiguration, *, actor: Actor) -> SamlConfiguration:
    """Fetch the metadata of a configuration anew; if that fails, the last valid document stays.

    Raises:
        SamlConfigurationNotFound: it was deleted meanwhile.
        NotPermitted: the actor may not change it (any more).
        CannotGrant: an admin may do what the actor may not: whom the document names is trusted.
        MetadataRefused: it has no URL, there is no document that can be used, or it describes
            another identity provider. The configuration keeps the reason.
        TooManyFetches: see ``given``.
    """
    access_policy().require(actor, UPDATE_SAML_CONFIGURATION, configuration)
    with one_transaction():
        require_admins_rights(actor)  # before anything is fetched, and once more below
    if not configuration.metadata_url:
        raise _refused(URL, _NO_URL)
    return _refreshed(configuration, actor, _same)


def refresh_on_schedule(configuration: SamlConfiguration) -> SamlConfiguration:
    """The same without an admin behind it, so what is new needs a certificate of now.

    Raises:
        SamlConfigurationNotFound, MetadataRefused, TooManyFetches: see ``refresh_metadata``. New
            certificates and other endpoints are refused in a document that no trusted certificate
            has signed, and a certificate that left the metadata before in every document.
    """
    return _refreshed(configuration, SCHEDULE, _vouched)


def _refreshed(
    configuration: SamlConfiguration,
    actor: Actor,
    read: Callable[[SamlConfiguration], Metadata],
) -> SamlConfiguration:
    """Apply what is read, or keep why it cannot be.

    Sessions end that another identity provider opened, or by a certificate that is gone.
    """
    try:
        found = read(configuration)
    except MetadataRefused as refusal:
        with _refreshing(configuration, actor) as draft:
            draft.metadata_error = refusal.detail[:MAX_ERROR]
        raise
    with one_transaction():
        require_admins_rights(actor)
        with _refreshing(configuration, actor) as draft:
            if draft.metadata_url == found.url:  # else somebody chose others meanwhile
                _require_seen(draft, configuration)
                before = draft.entity_id, frozenset(draft.certificates)
                apply(draft, found)
                if not draft.trusts(*before):
                    end_sessions(draft)
    return draft


def _require_seen(draft: SamlConfiguration, seen: SamlConfiguration) -> None:
    """Refuse what was compared with what somebody has replaced meanwhile.

    Raises:
        RevisionConflict: another is trusted by now.
    """
    if (draft.metadata_xml, draft.dropped_certificates) != (
        seen.metadata_xml,
        seen.dropped_certificates,
    ):
        raise RevisionConflict("The metadata changed meanwhile. Refresh it again.")


def _vouched(configuration: SamlConfiguration) -> Metadata:
    """What is at its URL now, if all that is new in it has the word of a trusted certificate.

    A signature says nothing of when, so what left the metadata is not taken from one that is
    replayed.
    """
    found = _same(configuration)
    changed = _changed(configuration, found.identity_provider)
    if not changed:
        return found
    try:
        signed = _read(found.xml, URL, signed_by=configuration.certificates)
    except MetadataRefused as refusal:
        reason = _NOT_VOUCHED.format(refusal.detail, ", ".join(changed))
        raise _refused(URL, reason) from refusal
    back = {*_fingerprints(signed.certificates)} & {*configuration.dropped_certificates}
    if back:
        raise _refused(URL, _DROPPED.format(", ".join(sorted(back))))
    return Metadata(found.xml, signed, found.url)


def _changed(configuration: SamlConfiguration, found: IdentityProvider) -> list[str]:
    """What of a document needs somebody's word: new certificates, and other endpoints."""
    known = selectors.last_good(configuration)
    new = {*found.certificates} - {*configuration.certificates}
    return [
        *(f"certificate {each} is new" for each in _fingerprints(sorted(new))),
        *_moved("sign-on", known.sign_on if known else (), found.sign_on),
        *_moved("logout", known.logout if known else (), found.logout),
    ]


def _moved(kind: str, before: Iterable[Endpoint], after: Iterable[Endpoint]) -> Iterator[str]:
    old, new = {*_endpoints(before)}, {*_endpoints(after)}
    yield from (f"{kind} endpoint {each} is new" for each in sorted(new - old))
    yield from (f"{kind} endpoint {each} is gone" for each in sorted(old - new))


def _dropped(configuration: SamlConfiguration, found: IdentityProvider) -> list[str]:
    """The certificates that have left by now, and have not been taken anew; the last ones last."""
    before = [*configuration.dropped_certificates, *_fingerprints(configuration.certificates)]
    now = _fingerprints(found.certificates)
    left = [each for each in dict.fromkeys(before) if each not in now]
    return left[-_MOST_DROPPED:]


def _refreshing(
    configuration: SamlConfiguration, actor: Actor
) -> AbstractContextManager[SamlConfiguration]:
    return changing(
        configuration,
        actor=actor,
        permission=UPDATE_SAML_CONFIGURATION,
        action="saml_configuration.refresh_metadata",
        describe=_described,
    )


def _same(configuration: SamlConfiguration) -> Metadata:
    """What is at its URL now, if that is the same identity provider."""
    found = fetched(configuration.metadata_url)
    name = found.identity_provider.entity_id
    if name != configuration.entity_id:
        raise _refused(
            URL,
            f"The URL now describes another identity provider ({name!r}). To trust it, set the "
            "URL again.",
        )
    return found


def _described(configuration: SamlConfiguration) -> dict[str, object]:
    """What the audit log says of a refresh: whom to trust, or why it failed."""
    return {**described(configuration), "metadata_error": configuration.metadata_error}


def _fingerprints(pems: Iterable[str]) -> list[str]:
    return [keys.fingerprint_of(pem) for pem in pems]


def _endpoints(endpoints: Iterable[Endpoint]) -> list[str]:
    """Each in full: binding, address, and where answers go if elsewhere."""
    return [" ".join(filter(None, astuple(each))) for each in endpoints]


def _bounded(texts: list[str]) -> list[str]:
    """What is kept of them for good."""
    more = [f"and {len(texts) - _MOST_DESCRIBED} more"] if len(texts) > _MOST_DESCRIBED else []
    return [each[:_MAX_DESCRIBED] for each in texts[:_MOST_DESCRIBED]] + more


def _read(xml: str, pointer: str, *, signed_by: Sequence[str] = ()) -> IdentityProvider:
    from sso.saml.protocol.identity_provider_metadata import (  # noqa: PLC0415  # it loads lxml
        read_metadata,
    )

    if len(xml) > MAX_METADATA_CHARACTERS:
        raise _refused(pointer, _TOO_LONG)
    try:
        # Half of a surrogate pair is passed on, and refused as what is not UTF-8.
        document = xml.encode(errors="surrogatepass")
        return read_metadata(document, now=timezone.now(), signed_by=signed_by)
    except SamlError as refusal:
        raise _refused(pointer, refusal.reason) from refusal


def _refused(pointer: str, reason: str) -> MetadataRefused:
    return MetadataRefused.at(pointer, reason, code="metadata")


def _count_fetch() -> None:
    limit = settings.SAML_METADATA_FETCHES
    (count,) = ledger.count("saml-metadata-fetches", [("all", 1, limit["seconds"])])
    if count.value > limit["fetches"]:
        raise TooManyFetches(
            f"Metadata is fetched at most {limit['fetches']} times in "
            f"{limit['seconds'] // 60} minutes.",
            retry_after=max(1, round(count.resets_in)),
        )

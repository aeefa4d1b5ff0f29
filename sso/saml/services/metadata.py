"""Reading the metadata of identity providers into configurations."""

from __future__ import annotations

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
from sso.saml.errors import FetchesBusy, MetadataRefused, TooManyFetches
from sso.saml.models import MAX_METADATA_CHARACTERS
from sso.saml.models.configuration import MAX_ERROR
from sso.saml.permissions import UPDATE_SAML_CONFIGURATION
from sso.saml.protocol import keys
from sso.saml.protocol.rules import Refused
from sso.saml.services.trust import end_sessions
from sso.sign_in.services.trust import require_admins_rights
from tenants.context import current_tenant_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from iac_platform.common.audit import Actor
    from sso.saml.models import SamlConfiguration
    from sso.saml.protocol.parties import IdentityProvider

_SECONDS: Final = 5.0
XML, URL = "metadata_xml", "metadata_url"
# Whoever fetches keeps one of the process's threads.
FETCHES: Final = Places(2, 1, FetchesBusy)
SCHEDULE: Final = SystemActor("metadata refresh")
_NOT_VOUCHED: Final = (
    "The document has a certificate that is not trusted yet (SHA-256 {}), and none that is trusted "
    "has signed it: {} Compare the fingerprint with what the identity provider's admin says, then "
    "refresh the metadata by hand."
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
    _count_fetch()
    try:
        with FETCHES.taken(current_tenant_id()):
            document = fetching.fetch(url, max_bytes=MAX_METADATA_CHARACTERS, seconds=_SECONDS)
        xml = document.decode("utf-8-sig")
    except FetchFailed as failure:
        raise _refused(URL, failure.detail) from failure
    except UnicodeDecodeError:
        raise _refused(URL, "The document is not in UTF-8.") from None
    return Metadata(xml, _read(xml, URL), url)


def apply(configuration: SamlConfiguration, metadata: Metadata) -> None:
    """Put metadata on a configuration that is about to be saved; the same again change nothing."""
    configuration.metadata_url, configuration.metadata_error = metadata.url, ""
    configuration.metadata_valid_until = metadata.identity_provider.valid_until
    if metadata.xml != configuration.metadata_xml:
        configuration.metadata_xml = metadata.xml
        configuration.entity_id = metadata.identity_provider.entity_id
        configuration.certificates = list(metadata.identity_provider.certificates)
        configuration.metadata_refreshed_at = timezone.now()


def refresh_metadata(configuration: SamlConfiguration, *, actor: Actor) -> SamlConfiguration:
    """Fetch the metadata of a configuration anew; if that fails, the last good ones stay.

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
    return _refreshed(configuration, actor, _same)


def refresh_on_schedule(configuration: SamlConfiguration) -> SamlConfiguration:
    """The same without an admin behind it, so a new certificate needs one that is trusted now.

    Raises:
        SamlConfigurationNotFound, MetadataRefused, TooManyFetches: see ``refresh_metadata``. A
            certificate is refused that is new, in a document that no trusted one has signed.
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
    if (draft.entity_id, draft.certificates) != (seen.entity_id, seen.certificates):
        raise RevisionConflict("The metadata changed meanwhile. Refresh them again.")


def _vouched(configuration: SamlConfiguration) -> Metadata:
    """What is at its URL now, if all that is new in it has the word of a trusted certificate."""
    found = _same(configuration)
    new = set(found.identity_provider.certificates) - set(configuration.certificates)
    if not new:
        return found
    try:
        signed = _read(found.xml, URL, signed_by=configuration.certificates)
    except MetadataRefused as refusal:
        shown = ", ".join(sorted(map(keys.fingerprint_of, new)))
        raise _refused(URL, _NOT_VOUCHED.format(shown, refusal.detail)) from refusal
    return Metadata(found.xml, signed, found.url)


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
    if not configuration.metadata_url:
        raise _refused(URL, "The configuration has no URL of metadata.")
    found = fetched(configuration.metadata_url)
    name = found.identity_provider.entity_id
    if name != configuration.entity_id:
        raise _refused(URL, f"It describes another identity provider: {name!r}.")
    return found


def _described(configuration: SamlConfiguration) -> dict[str, object]:
    """What the audit log says of a refresh: whose signatures are trusted, or why it failed."""
    return {
        "certificates": [keys.fingerprint_of(pem) for pem in configuration.certificates],
        "metadata_error": configuration.metadata_error,
    }


def _read(xml: str, pointer: str, *, signed_by: Sequence[str] = ()) -> IdentityProvider:
    from sso.saml.protocol.identity_provider_metadata import (  # noqa: PLC0415  # it loads lxml
        read_metadata,
    )

    if len(xml) > MAX_METADATA_CHARACTERS:
        raise _refused(pointer, f"The document has over {MAX_METADATA_CHARACTERS} characters.")
    try:
        # Half of a surrogate pair is passed on, and refused as what is not UTF-8.
        document = xml.encode(errors="surrogatepass")
        return read_metadata(document, now=timezone.now(), signed_by=signed_by)
    except Refused as refusal:
        raise _refused(pointer, refusal.reason) from refusal


def _refused(pointer: str, reason: str) -> MetadataRefused:
    return MetadataRefused.at(pointer, reason, code="metadata")


def _count_fetch() -> None:
    limit = settings.SAML_METADATA_FETCHES
    (count,) = ledger.count("saml-metadata-fetches", [("all", 1, limit["seconds"])])
    if count.value > limit["fetches"]:
        raise TooManyFetches(
            f"Metadata are fetched at most {limit['fetches']} times in "
            f"{limit['seconds'] // 60} minutes.",
            retry_after=max(1, round(count.resets_in)),
        )

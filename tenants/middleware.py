"""Which tenant a request is for, and the scope it is answered in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import Error, connection
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.http.request import split_domain_port, validate_host
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from iac_platform.cache.tables import reading_by_key
from iac_platform.common.database_failures import DatabaseFailure, failure_of
from iac_platform.gateway.credentials import credential_of
from iac_platform.gateway.problems import database_failure_response, problem_response
from iac_platform.gateway.problems.pages import is_api, refusal_page, wants_page
from tenants import selectors
from tenants.context import no_tenant_scope, tenant_scope
from tenants.database.fencing import is_refused_write
from tenants.errors import (
    TenantHasMoved,
    TenantInvited,
    TenantMismatch,
    TenantMoving,
    TenantNotReady,
    TenantNotUsable,
    TenantPendingDeletion,
    TenantSuspended,
    UnknownHost,
)
from tenants.models import TenantStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from iac_platform.common.errors import DomainError
    from tenants.models import Tenant

_log = structlog.get_logger(__name__)

_CONFIRMATION = "X-Tenant-ID"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110, section 9.2.1


class TenantMiddleware:
    """Answers each request in the scope of the tenant that host or token name.

    The host decides; at a host without a tenant of its own (the base domain) the
    token does. Where both speak they must agree, and ``X-Tenant-ID`` may confirm
    what they say but never decide. ``request.tenant`` is None for the few paths
    that belong to nobody, such as health checks.

    A request that only reads and met a connection that had ended is answered once more, with
    another connection. One that changes something is not, even where it surely changed nothing
    in the database: what else it did nobody knows here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Resolve the tenant, then answer in its scope; reads get a second try."""
        connection.may_have_committed = False  # type: ignore[attr-defined]  # our backend's
        response = self._answer(request)
        if not _is_worth_a_retry(request, response):
            return response
        _log.info("request_retried")
        _forget_the_first_try(request)
        return self._answer(request)

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        try:
            tenant = self._resolve_surely(request)
            _require_writable(request, tenant)
        except TenantHasMoved as moved:
            return self._redirect(request, moved)
        except (UnknownHost, TenantMismatch, TenantMoving, TenantNotUsable) as error:
            return self._refuse(request, error)
        except Error as error:
            request.tenant = None  # type: ignore[attr-defined]  # the log line reads it
            failed = database_failure_response(request, error, page=not is_api(request))
            if failed is None:
                raise
            return failed
        request.tenant = tenant  # type: ignore[attr-defined]  # what views and templates read
        if tenant is None:
            # Also when code that ran on this thread before has left a scope behind.
            with no_tenant_scope():
                return self.get_response(request)
        with tenant_scope(tenant):
            response = self.get_response(request)
        return _keep_scope_while_streaming(response, tenant)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a write that began before the fence and met it in the database."""
        return self._refuse(request, _moving()) if _met_the_fence(request, error) else None

    def _resolve_surely(self, request: HttpRequest) -> Tenant | None:
        """As ``_resolve``; again if the connection had ended, for nothing has begun yet."""
        with no_tenant_scope(), reading_by_key():
            try:
                return self._resolve(request)
            except Error as error:
                if failure_of(error) is not DatabaseFailure.LOST:
                    raise
            connection.close_if_unusable_or_obsolete()
            return self._resolve(request)

    def _resolve(self, request: HttpRequest) -> Tenant | None:
        host = _host(request)
        if request.path in settings.TENANTLESS_PATHS:
            return None
        tenant = _caller(request, host) or _tenant_of(request, host)
        _require_confirmation(request, tenant)
        if tenant is not None:
            _require_usable(tenant, request.path)
        return tenant

    def _redirect(self, request: HttpRequest, moved: TenantHasMoved) -> HttpResponse:
        """Send the client to the tenant's new address, with the same request (308)."""
        request.tenant = None  # type: ignore[attr-defined]  # the log line reads it
        origin = f"https://{moved.to}"
        if not settings.SECURE:  # a developer's machine, perhaps with a port
            _, port = split_domain_port(request._get_raw_host())  # type: ignore[attr-defined]  # noqa: SLF001  # as in _host
            origin = f"{request.scheme}://{moved.to}" + (f":{port}" if port else "")
        response = HttpResponsePermanentRedirect(
            origin + request.get_full_path(), preserve_request=True
        )
        # The name becomes free one day: nobody may remember this for longer.
        response.headers["Cache-Control"] = "no-store"
        return response

    def _refuse(self, request: HttpRequest, error: DomainError) -> HttpResponse:
        request.tenant = None  # type: ignore[attr-defined]  # the log line reads it
        return _refusal(request, error)


def _refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A page for people, and a problem document for programs."""
    response = refusal_page(error) if wants_page(request) else problem_response(request, error)
    patch_vary_headers(response, ["Accept"])
    return response


def _is_worth_a_retry(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether a read met a lost connection, and nothing was committed on the way to it."""
    return (
        getattr(response, "database_failure", None) is DatabaseFailure.LOST
        and request.method in _SAFE_METHODS
        and not connection.may_have_committed  # type: ignore[attr-defined]  # our backend's
    )


def _forget_the_first_try(request: HttpRequest) -> None:
    """Take from a request what its first try has left with it, and replace the connection."""
    for name in ("_cached_user", "denial", "shown"):
        vars(request).pop(name, None)
    connection.close_if_unusable_or_obsolete()


def _met_the_fence(request: HttpRequest, error: BaseException) -> bool:
    """Whether a write was refused because the tenant moves, and not by a read-only server."""
    tenant: Tenant | None = getattr(request, "tenant", None)
    if tenant is None or not is_refused_write(error):
        return False
    try:
        return selectors.is_fenced(tenant)
    except Error:
        return False


def _caller(request: HttpRequest, host: str) -> Tenant | None:
    """The tenant of most requests, whose token is of use there, and is read with it."""
    credential = credential_of(request)
    if credential is None or host in settings.BARE_HOSTS:
        return None
    found = selectors.caller(host, credential)
    if found is None:
        return None
    tenant, request.shown = found  # type: ignore[attr-defined]  # for whoever authenticates
    return tenant


def _tenant_of(request: HttpRequest, host: str) -> Tenant | None:
    """The tenant that host or token name.

    Raises:
        UnknownHost, TenantHasMoved: see ``selectors.tenant_at``.
        TenantMismatch: they name two.
    """
    credential = credential_of(request)
    by_host = None if host in settings.BARE_HOSTS else selectors.tenant_at(host)
    if credential is None or (by_host and by_host.id == credential.tenant_id):
        return by_host
    if by_host:
        raise TenantMismatch("The token was issued by another tenant than this host's.")
    return selectors.tenant_by_id(credential.tenant_id)


def _host(request: HttpRequest) -> str:
    """The request's host without its port, in lower case.

    Raises:
        UnknownHost: the header is not a host name (RFC 9110, section 7.2).
    """
    host, _ = split_domain_port(request._get_raw_host())  # type: ignore[attr-defined]  # noqa: SLF001  # get_host() would consult ALLOWED_HOSTS, which the domains replace
    if not host or not validate_host(host, ["*"]):
        raise UnknownHost("The Host header is not a host name.")
    return host


def _require_confirmation(request: HttpRequest, tenant: Tenant | None) -> None:
    claimed = request.headers.get(_CONFIRMATION)
    if claimed is None:
        return
    if tenant is None or claimed not in (str(tenant.id), tenant.slug):
        raise TenantMismatch(f"{_CONFIRMATION} does not name the tenant of your credentials.")


# What is said at the host of a tenant that may not be used now.
_REFUSALS: dict[str, tuple[type[TenantNotUsable], str]] = {
    TenantStatus.INVITED: (
        TenantInvited,
        "Its first admin opens it with the link of their invitation.",
    ),
    TenantStatus.SUSPENDED: (
        TenantSuspended,
        "The tenant is suspended. Ask the platform's operator to lift it.",
    ),
    TenantStatus.PENDING_DELETION: (
        TenantPendingDeletion,
        "The tenant will be deleted. Ask the platform's operator soon if it should stay.",
    ),
}


def _require_usable(tenant: Tenant, path: str) -> None:
    if tenant.is_usable:
        return
    if tenant.status == TenantStatus.INVITED and path in settings.INVITATION_PATHS:
        return
    refusal, detail = _REFUSALS.get(
        tenant.status,
        (TenantNotReady, "The tenant is being provisioned. Try again in a moment."),
    )
    raise refusal(detail)


def _require_writable(request: HttpRequest, tenant: Tenant | None) -> None:
    """The database refuses writes as well; here the view does not even begin."""
    fence = tenant.writes_fenced_until if tenant is not None else None
    if fence is not None and fence > timezone.now() and request.method not in _SAFE_METHODS:
        raise _moving()


def _moving() -> TenantMoving:
    return TenantMoving(
        "The tenant is being moved and takes no changes for some seconds. Nothing was changed; "
        "send the request again after the seconds that Retry-After names."
    )


def _keep_scope_while_streaming(response: HttpResponseBase, tenant: Tenant) -> HttpResponseBase:
    """A streamed body is made after the view has returned; it needs the scope then."""
    if getattr(response, "streaming", False) and not getattr(response, "is_async", False):
        response.streaming_content = _in_scope(  # type: ignore[attr-defined]  # streaming responses have it
            response.streaming_content,  # type: ignore[attr-defined]  # likewise
            tenant,
        )
    return response


def _in_scope(chunks: Iterable[bytes], tenant: Tenant) -> Iterator[bytes]:
    iterator = iter(chunks)
    while True:
        # Entered for each chunk: between two of them other code runs on this thread.
        with tenant_scope(tenant):
            try:
                chunk = next(iterator)
            except StopIteration:
                return
        yield chunk


class TenantSessionMiddleware(SessionMiddleware):
    """Sessions live in placements, so a request without a tenant has none."""

    def process_request(self, request: HttpRequest) -> None:
        """Start with an empty session where there is no tenant to look it up in."""
        if getattr(request, "tenant", None) is None:
            request.session = self.SessionStore(None)
            return
        super().process_request(request)

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Save the session, unless nobody owns it.

        While the tenant moves it cannot be saved. A page that was only read is answered all
        the same: what its session would have noted is lost, such as a message being shown.
        """
        if getattr(request, "tenant", None) is None:
            return response
        try:
            return super().process_response(request, response)
        except (Error, SessionInterrupted) as error:
            if is_refused_write(error) and request.method in _SAFE_METHODS:
                return response
            if _met_the_fence(request, error):
                return _refusal(request, _moving())
            # Django takes a session that could not be saved for one deleted meanwhile: 400.
            failed = database_failure_response(request, error, page=not is_api(request))
            if failed is None:
                raise
            return failed

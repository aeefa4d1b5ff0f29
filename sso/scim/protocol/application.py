"""The SCIM application: the protocol by scim2-server, with our bounds, and what it offers."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import email_validator
import structlog
from pydantic_core import from_json
from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    Context,
    Error,
    ETag,
    Filter,
    Group,
    InvalidSyntaxException,
    InvalidValueException,
    Pagination,
    Patch,
    ResourceType,
    SCIMException,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    User,
)
from scim2_server.handler import ScimHandler
from scim2_server.responses import ScimResponse
from scim2_server.service import ScimService

from iac_platform.gateway.problems.translation import problem_of
from sso.scim.protocol.filters import require_bounded
from sso.scim.protocol.resources import SCIM_USER, EnterpriseUser
from sso.scim.protocol.storage import DirectoryStorage

if TYPE_CHECKING:
    from scim2_models import Resource, ResponseParameters, SearchRequest
    from scim2_server.requests import ScimRequest

    from sso.scim.services.clients import ScimClient

MAX_BODY: Final = 1024 * 1024
MAX_OPERATIONS: Final = 100
MAX_RESULTS: Final = 200
DEFAULT_RESULTS: Final = 100
_log = structlog.get_logger(__name__)
_LAST: Final = 2**31  # beyond all rows, and within what a database counts
_NUL: Final = b"\\u0000"  # as JSON writes it

# Companies have addresses in domains that only they know, such as corp.local.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

CONFIG: Final = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=True, max_operations=MAX_OPERATIONS, max_payload_size=MAX_BODY),
    filter=Filter(supported=True, max_results=MAX_RESULTS),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=False),
    etag=ETag(supported=True),
    pagination=Pagination(
        cursor=False,
        index=True,
        default_pagination_method=Pagination.DefaultPaginationMethod.index,
        default_page_size=DEFAULT_RESULTS,
        max_page_size=MAX_RESULTS,
    ),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="SCIM token",
            description="A SCIM token of the tenant, as Authorization: Bearer.",
            primary=True,
        )
    ],
)
# What the dialects of Okta and Entra ID need: attributes that we do not know are left out, a
# value says which members are removed, and an entry that a filter describes is added.
POLICY: Final = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
PROVIDER: Final = ScimProvider(
    models=(User, EnterpriseUser, Group),
    resource_types=(ResourceType.from_resource(SCIM_USER), ResourceType.from_resource(Group)),
    config=CONFIG,
    policy=POLICY,
)


class BoundedService(ScimService):
    """The protocol with our bounds, and with what happens in bulk as outside of it."""

    def read_search(
        self, resource_types: list[ResourceType], payload: Any
    ) -> tuple[SearchRequest[Any], Any]:
        """Bound where a page begins."""
        search, position = super().read_search(resource_types, payload)
        search.start_index = min(search.start_index or 1, _LAST)
        return search, position

    def patch_response(
        self,
        base_url: str,
        resource: Resource[Any],
        response_parameters: ResponseParameters[Any],
    ) -> ScimResponse:
        """Answer with the user, as Okta wants it; of a group, which may be large, with nothing."""
        if isinstance(resource, User):
            published = self.publish(base_url, resource)
            context = Context.RESOURCE_REPLACEMENT_RESPONSE
            return self.resource_response(published, context, response_parameters)
        return super().patch_response(base_url, resource, response_parameters)

    def bulk_failure(self, outcome: dict[str, Any], exception: Exception) -> dict[str, Any]:
        """Say what can be tried again (503), and log what nobody foresaw."""
        problem = None if isinstance(exception, SCIMException) else problem_of(exception)
        if problem is not None:
            error = Error(status=problem.status, detail=problem.detail or problem.title)
            exception = SCIMException.from_error(error)
        elif not isinstance(exception, SCIMException):
            _log.error("scim_bulk_failed", exc_info=exception)
        return super().bulk_failure(outcome, exception)


SERVICE: Final = BoundedService(PROVIDER)


def respond(request: ScimRequest, client: ScimClient) -> ScimResponse:
    """Answer a request of a client.

    Args:
        request: with the body and the headers as they came.
        client: the token that was shown.
    """
    reads = request.method == "GET" or request.path.endswith("/.search")
    storage = DirectoryStorage(client, writes=not reads)
    try:
        if len(request.body) > MAX_BODY:
            raise SERVICE.payload_too_large(MAX_BODY)
        if _NUL in request.body:
            raise InvalidValueException(detail="No text can have the character NUL.")
        require_bounded(dict(request.query))
        require_bounded(_read(request.body))
        return ScimHandler(SERVICE, storage).handle(request)
    except SCIMException as error:
        return SERVICE.error_response(error)
    except RecursionError:
        # Of a path as deep as no attribute is.
        nested = InvalidSyntaxException(detail="It is nested too deep.")
        return SERVICE.error_response(nested)


def _read(body: bytes) -> Any:
    """What a body says; what is wrong with one is said by whoever validates it."""
    try:
        return from_json(body)
    except ValueError:
        return None


def refusal(status: int, detail: str) -> ScimResponse:
    """The answer to a request that is refused whatever its content."""
    return ScimResponse(HTTPStatus(status), Error(status=status, detail=detail).model_dump())

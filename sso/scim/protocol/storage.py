"""Where the SCIM library reads and writes: a directory's rows, by our services."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch
from scim2_models import (
    Error,
    NotFoundException,
    PreconditionFailedException,
    SCIMException,
)
from scim2_server.storage import ScimStorage, SearchPage

from iac_platform.common.errors import DomainError, ErrorKind
from iac_platform.gateway.problems.translation import STATUS_OF_KIND
from rbac.errors import UsernameTaken
from rbac.services.access import lock_access
from sso.scim.errors import ResourceTaken
from sso.scim.models import ScimGroup, ScimUser
from sso.scim.protocol.filters import OF_GROUPS, OF_USERS, RowFilter
from sso.scim.protocol.resources import (
    described_group,
    group_resource,
    person_of,
    user_resource,
)
from sso.scim.selectors import groups, groups_on_page, people
from sso.scim.services.groups import create_group, delete_group, update_group
from sso.scim.services.users import create_person, delete_person, update_person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet
    from scim2_models import Resource, ResourceType, ResponseParameters, SearchRequest

    from sso.scim.services.clients import ScimClient

MOST_MEMBERS = 5_000  # on a page of several groups
_TAKEN = (UsernameTaken, ResourceTaken)


class DirectoryStorage(ScimStorage):
    """The users and groups of the directory of one client, in one request."""

    def __init__(self, client: ScimClient, *, writes: bool) -> None:
        self.client = client
        self._writes = writes

    @contextmanager
    def operation(self) -> Iterator[None]:
        """All or nothing; whatever writes waits for other changes of who may do what."""
        with said_by_scim():
            if not self._writes:
                yield
                return
            with transaction.atomic():
                lock_access(self.client)
                yield

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        """One resource of the directory; another's is unknown."""
        with_members = _shows_members(response_parameters)
        row = self._row(resource_type, resource_id, with_members=with_members)
        return _resource(row, with_members=with_members)

    def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,  # noqa: ARG002  # there are no cursors
    ) -> SearchPage:
        """One page of what the filter finds, the oldest first."""
        if len(resource_types) != 1:
            raise NotFoundException(detail="Search below /Users or /Groups.")
        kind = resource_types[0]
        rows = self._rows(kind)
        if search_request.filter:
            columns = OF_USERS if kind.name == "User" else OF_GROUPS
            rows = rows.filter(RowFilter(columns).visit(search_request.filter.ast))
        start = search_request.start_index_0 or 0
        count = search_request.count or 0
        with_members = _shows_members(search_request)
        if kind.name == "Group" and with_members:
            count = groups_on_page(rows[start : start + count], MOST_MEMBERS)
        page = self._with_parts(rows, with_members=with_members)[start : start + count]
        found = [_resource(row, with_members=with_members) for row in page]
        return SearchPage(rows.count(), found)

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """Add a user or a group."""
        row: ScimUser | ScimGroup
        if resource_type.name == "User":
            row = create_person(self.client, person_of(resource))  # type: ignore[arg-type]  # by its type
        else:
            row = create_group(self.client, described_group(resource))  # type: ignore[arg-type]  # likewise
        return self.get(resource_type, str(row.pk))

    def update(
        self,
        resource_type: ResourceType,
        resource: Resource[Any],
        *,
        expected_version: str | None = None,
    ) -> Resource[Any]:
        """Have a user or a group be as the client says."""
        row = self._expected(resource_type, str(resource.id), expected_version)
        if isinstance(row, ScimUser):
            update_person(row, person_of(resource), client=self.client)  # type: ignore[arg-type]  # by its type
        else:
            update_group(row, described_group(resource), client=self.client)  # type: ignore[arg-type]  # likewise
        return self.get(resource_type, str(row.pk))

    def delete(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        expected_version: str | None = None,
    ) -> None:
        """Deactivate a user for good, or delete a group."""
        row = self._expected(resource_type, resource_id, expected_version)
        if isinstance(row, ScimUser):
            delete_person(row, client=self.client)
        else:
            delete_group(row, client=self.client)

    def _rows(self, resource_type: ResourceType) -> QuerySet[Any]:
        directory = self.client.directory
        return people(directory) if resource_type.name == "User" else groups(directory)

    def _with_parts(self, rows: QuerySet[Any], *, with_members: bool) -> QuerySet[Any]:
        """Rows with all that is shown of them, in as many queries whatever their number."""
        if rows.model is ScimUser:
            return rows.prefetch_related("groups")
        if not with_members:
            return rows
        return rows.prefetch_related(Prefetch("members", people(self.client.directory)))

    def _row(
        self, resource_type: ResourceType, resource_id: str, *, with_members: bool
    ) -> ScimUser | ScimGroup:
        rows = self._with_parts(self._rows(resource_type), with_members=with_members)
        row: ScimUser | ScimGroup | None = rows.filter(pk=_id(resource_id)).first()
        if row is None:
            raise NotFoundException(detail=f"There is no such {resource_type.name}.")
        return row

    def _expected(
        self, resource_type: ResourceType, resource_id: str, version: str | None
    ) -> ScimUser | ScimGroup:
        row = self._row(resource_type, resource_id, with_members=False)
        shown = _resource(row, with_members=False).meta
        if version is not None and (shown is None or shown.version != version):
            raise PreconditionFailedException
        return row


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _shows_members(parameters: Any) -> bool:
    """Whether an answer has the members of groups, of which there may be thousands."""
    if parameters is None:
        return True
    asked, spared = parameters.attributes or (), parameters.excluded_attributes or ()
    named = {str(each).lower().rpartition(":")[2].partition(".")[0] for each in asked}
    left_out = {str(each).lower().rpartition(":")[2] for each in spared}
    return "members" not in left_out and (not named or "members" in named)


def _resource(row: ScimUser | ScimGroup, *, with_members: bool) -> Resource[Any]:
    if isinstance(row, ScimUser):
        return user_resource(row)
    return group_resource(row, with_members=with_members)


@contextmanager
def said_by_scim() -> Iterator[None]:
    """Errors of the platform as those of SCIM (RFC 7644, section 3.12)."""
    try:
        yield
    except DomainError as error:
        raise scim_error(error) from error


def scim_error(error: DomainError) -> SCIMException:
    """What a client is told of a refusal."""
    status = STATUS_OF_KIND[error.kind]
    invalid = "invalidValue" if error.kind is ErrorKind.INVALID else None
    scim_type = "uniqueness" if isinstance(error, _TAKEN) else invalid
    return SCIMException.from_error(Error(status=status, scim_type=scim_type, detail=error.detail))

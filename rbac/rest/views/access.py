"""Endpoints that answer questions about access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.types import OpenApiTypes

from iac_platform.gateway.actions import Options, allow
from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.filters import OF_EVERY_LIST
from iac_platform.gateway.serializers import present_once
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.actors import user_of
from rbac.answers.explanations import explain, user_named
from rbac.answers.objects import model_for, object_to_ask_about, permission_named
from rbac.answers.who_can import asked, reasons, who_can
from rbac.models import User
from rbac.permissions import EXPLAIN_ACCESS, REVIEW_ACCESS
from rbac.policy import require
from rbac.rest import access_serializers as serializers
from rbac.rest.signed_in import SignedIn
from rbac.rest.streams import TABLE, TableRenderer, stream
from rbac.services.access_review import export_review
from tenants.context import current_tenant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Model
    from django.http import StreamingHttpResponse
    from rest_framework.request import Request
    from rest_framework.response import Response

    from iac_platform.common.permissions import Permission

_EXPLAIN: Options = {
    "output": serializers.ExplanationOutput,
    "schema": {"operation_id": "access_explain"},
}
_WHO_CAN = {
    "operation_id": "access_who_can",
    "parameters": [serializers.WhoCanQuery],
    "responses": serializers.WhoCanOutput(many=True),
}
_REVIEW = {"operation_id": "access_review", "responses": {(200, TABLE): OpenApiTypes.STR}}


class AccessQuestionViewSet(ResourceViewSet[User]):
    """Questions about objects of any kind."""

    model = User

    def may_hide_objects(self) -> bool:
        """Whatever is not found may be there, for others to see."""
        return True


class ExplainViewSet(AccessQuestionViewSet):
    """Why somebody may do something, or may not."""

    permission_classes = (SignedIn,)  # of others, the action asks for the permission

    @allow(EXPLAIN_ACCESS, body=serializers.ExplainInput, **_EXPLAIN)
    def explain(self, request: Request) -> Response:
        """Whether you, or somebody else, may do something, and why or why not.

        It changes nothing. About others it needs the permission `access.explain`.
        """
        asked, reader = self.parse(serializers.ExplainInput), user_of(request)
        permission = permission_named(asked["permission"])
        user, acts = _subject(asked.get("user"), reader)
        obj = _object(permission, asked.get("object") or {}, reader)
        found = explain(user, permission, obj, acts=acts, reader=reader)
        return present_once(self.output()(serializers.serialize_explanation(found)).data)


class WhoCanViewSet(AccessQuestionViewSet):
    """Who may do something."""

    output_serializer = serializers.WhoCanOutput
    ordering = ("username",)

    @allow(EXPLAIN_ACCESS, pages=True, schema=_WHO_CAN)
    def who_can(self, request: Request) -> Response:
        """The users who may do something now, each with the best reason.

        People, service accounts and the operator's staff, as `kind` says. A role that somebody
        is given or loses between two pages may show on neither.
        """
        wanted, reader = _parsed_query(request), user_of(request)
        permission = permission_named(wanted["permission"])
        question = asked(permission, _object(permission, wanted, reader))
        page: list[User] = self.paginate_queryset(who_can(question)) or []
        rows = serializers.serialize_allowed_users(page, reasons(question, page, reader=reader))
        response = self.get_paginated_response(serializers.WhoCanOutput(rows, many=True).data)
        response.headers["Cache-Control"] = "no-store"
        return response


class ReviewViewSet(ResourceViewSet[User]):
    """The report of who holds what."""

    model = User

    @allow(REVIEW_ACCESS, renderer=TableRenderer, schema=_REVIEW)
    def review(self, request: Request) -> StreamingHttpResponse:
        """Every user with every grant that has not ended, as CSV; users without one, too.

        Cells that a spreadsheet would take for formulas are led by an apostrophe. That the
        report was taken is on record.
        """
        pieces = (piece.encode() for piece in export_review(actor=actor_of(request)))
        name = f"access-review-{current_tenant().slug}.csv"
        return stream(pieces, f"{TABLE}; charset=utf-8; header=present", file_name=name)


def _object(permission: Permission, named: Mapping[str, Any], reader: User) -> Model | None:
    """The object that a question is about, where it names one."""
    if "id" not in named:
        return None
    return object_to_ask_about(model_for(permission, named["type"]), named["id"], reader=reader)


def _parsed_query(request: Request) -> dict[str, Any]:
    """What the query asks, besides which page; unknown parameters are errors."""
    given = {name: request.query_params[name] for name in request.query_params}
    asks = {name: value for name, value in given.items() if name not in OF_EVERY_LIST}
    bound = serializers.WhoCanQuery(data=asks)
    bound.is_valid(raise_exception=True)
    return dict(bound.validated_data)


def _subject(name_or_id: str | None, reader: User) -> tuple[User, bool]:
    """Whom a question is about, and whether they can act at all."""
    if name_or_id in (None, reader.username, str(reader.pk)):
        return reader, True  # with the limits of the token that is shown
    # Before anybody is looked for: nobody else learns who there is.
    require(reader, EXPLAIN_ACCESS)
    return user_named(str(name_or_id))

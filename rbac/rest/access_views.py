"""Endpoints that answer questions about access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.filters import OF_EVERY_LIST, refuse_unknown_parameters
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac import permissions
from rbac.answers.explanations import explain, holdings_of, user_named
from rbac.answers.objects import model_for, object_to_ask_about, permission_named
from rbac.answers.who_can import asked, reasons, who_can
from rbac.models import User
from rbac.policy import require
from rbac.rest import access_serializers as serializers
from rbac.rest.signed_in import SignedIn
from rbac.rest.streams import TABLE, TableRenderer
from rbac.services.access_review import export_review
from tenants.context import current_tenant

if TYPE_CHECKING:
    from rest_framework.request import Request

_HOLDS = serializers.HoldingsOutput
_EXPLAINS = serializers.ExplanationOutput


class Asking(ResourceViewSet[User]):
    """Questions about objects of any kind."""

    model = User

    def may_hide_objects(self) -> bool:
        """Whatever is not found may be there, for others to see."""
        return True


class MyPermissionsViewSet(ResourceViewSet[User]):
    """What whoever asks may do, and where they have it from."""

    model = User
    action_permissions: ClassVar = {"show": permissions.VIEW_USER}
    # Also for those who hold nothing, who are told so.
    permission_classes = (SignedIn,)  # type: ignore[assignment]  # instead of the verb's
    output_serializer = _HOLDS

    @extend_schema(operation_id="me_permissions_show", responses=_HOLDS)
    def show(self, request: Request) -> Response:
        """Every permission that you hold now, each with all the ways in which you hold it."""
        refuse_unknown_parameters(request, self)
        holdings = holdings_of(cast("User", request.user))
        return _fresh(_HOLDS(serializers.serialize_holdings(holdings)).data)


class ExplainViewSet(Asking):
    """Why somebody may do something, or may not."""

    action_permissions: ClassVar = {"explain": permissions.EXPLAIN_ACCESS}
    # About oneself it is for everybody; about others the action asks for the permission.
    permission_classes = (SignedIn,)  # type: ignore[assignment]  # instead of the verb's
    input_serializer = serializers.ExplainInput
    output_serializer = _EXPLAINS
    # An answer of a while ago may not be true any more.
    unreplayable = frozenset({"explain"})

    @extend_schema(
        operation_id="access_explain",
        request=serializers.ExplainInput,
        responses={200: _EXPLAINS},
    )
    def explain(self, request: Request) -> Response:
        """Whether you, or somebody else, may do something, and why or why not.

        It changes nothing. About others it needs the permission `access.explain`.
        """
        asked, reader = self.parse_input(), cast("User", request.user)
        permission = permission_named(asked["permission"])
        user, acts = _subject(asked.get("user"), reader)
        obj = None
        if named := asked.get("object"):
            model = model_for(permission, named["type"])
            obj = object_to_ask_about(model, named["id"], reader=reader)
        found = explain(user, permission, obj, acts=acts, reader=reader)
        return _fresh(_EXPLAINS(serializers.serialize_explanation(found)).data)


class WhoCanViewSet(Asking):
    """Who may do something."""

    action_permissions: ClassVar = {"who_can": permissions.EXPLAIN_ACCESS}
    output_serializer = serializers.WhoCanOutput
    ordering = ("username",)
    ordering_columns: ClassVar = {"username": "username_key"}

    @extend_schema(
        operation_id="access_who_can",
        parameters=[serializers.WhoCanQuery],
        responses=serializers.WhoCanOutput(many=True),
    )
    def who_can(self, request: Request) -> Response:
        """The users who may do something now, each with the best reason.

        People, service accounts and the operator's staff, as `kind` says. A role that somebody
        is given or loses between two pages may show on neither.
        """
        wanted = _parsed_query(request)
        permission, obj = permission_named(wanted["permission"]), None
        if "id" in wanted:
            model = model_for(permission, wanted["type"])
            obj = object_to_ask_about(model, wanted["id"], reader=request.user)
        question = asked(permission, obj)
        page: list[User] = self.paginate_queryset(who_can(question)) or []
        why = reasons(question, page, reader=request.user)
        # Whoever lost it since the page was read is not shown.
        rows = [
            serializers.whoever(user, why.paths[user.pk], why.names)
            for user in page
            if user.pk in why.paths
        ]
        response = self.get_paginated_response(serializers.WhoCanOutput(rows, many=True).data)
        response.headers["Cache-Control"] = "no-store"
        return response


class ReviewViewSet(ResourceViewSet[User]):
    """The report of who holds what."""

    model = User
    action_permissions: ClassVar = {"review": permissions.REVIEW_ACCESS}
    renderer_classes = (TableRenderer,)

    @extend_schema(operation_id="access_review", responses={(200, TABLE): OpenApiTypes.STR})
    def review(self, request: Request) -> StreamingHttpResponse:
        """Every user with every grant that has not ended, as CSV; users without one, too.

        Cells that a spreadsheet would take for formulas are led by an apostrophe. That the
        report was taken is on record.
        """
        refuse_unknown_parameters(request, self, of_a_list=False)
        pieces = export_review(actor=actor_of(request))
        name = f"access-review-{current_tenant().slug}.csv"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        }
        content_type = f"{TABLE}; charset=utf-8; header=present"
        return StreamingHttpResponse(
            (piece.encode() for piece in pieces), content_type=content_type, headers=headers
        )


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
    require(reader, permissions.EXPLAIN_ACCESS)
    return user_named(str(name_or_id))


def _fresh(data: Any) -> Response:
    """An answer that is true now and is not to be kept."""
    return Response(data, headers={"Cache-Control": "no-store"})

"""A project and a blueprint, made through the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.blueprints.catalog.services.documents import document

if TYPE_CHECKING:
    from tests.api_client import ApiClient

PROJECTS = "/api/v1/projects/"
BLUEPRINTS = "/api/v1/blueprints/"
NOWHERE = "00000000-0000-4000-8000-00000000dead"


def make_project(client: ApiClient, name: str = "Shop") -> dict[str, Any]:
    response = client.post(PROJECTS, {"name": name})
    assert response.status_code == 201, response.content
    made: dict[str, Any] = response.json()
    return made


def make_blueprint(
    client: ApiClient, project: dict[str, Any], name: str = "Web", **members: Any
) -> dict[str, Any]:
    body = {"project": project["id"], "name": name, "document": document(), **members}
    response = client.post(BLUEPRINTS, body)
    assert response.status_code == 201, response.content
    made: dict[str, Any] = response.json()
    return made


def versions_url(blueprint: dict[str, Any], tail: str = "") -> str:
    return f"{BLUEPRINTS}{blueprint['id']}/versions/{tail}"


def assert_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The response is this problem; returns it."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["code"] == code
    return problem


def pointers(problem: dict[str, Any]) -> list[str]:
    """Where the problem says that something is wrong."""
    assert all(place["detail"] and place["code"] for place in problem["errors"])
    return [place["pointer"] for place in problem["errors"]]

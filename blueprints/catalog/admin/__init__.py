"""Projects, blueprints and their versions in the admin."""

from blueprints.catalog.admin import blueprints, projects, versions

__all__ = ["blueprints", "projects", "versions"]

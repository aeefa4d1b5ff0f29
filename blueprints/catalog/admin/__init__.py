"""Projects, blueprints and their versions in the admin."""

from blueprints.catalog.admin import blueprints, default_tags, projects, versions

__all__ = ["blueprints", "default_tags", "projects", "versions"]

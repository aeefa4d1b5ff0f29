"""What can go wrong with projects and blueprints."""

from iac_platform.common.errors import DomainError, ErrorKind, NameTaken


class ProjectNotFound(DomainError):
    """No project that the caller may see has this id."""

    code = "project-not-found"
    title = "Project not found"
    kind = ErrorKind.NOT_FOUND


class ProjectNotEmpty(DomainError):
    """A project that still has blueprints cannot be deleted."""

    code = "project-not-empty"
    title = "The project still has blueprints"
    kind = ErrorKind.CONFLICT


class BlueprintNotFound(DomainError):
    """The blueprint does not exist, or does no longer."""

    code = "blueprint-not-found"
    title = "Blueprint not found"
    kind = ErrorKind.NOT_FOUND


class PrefixTaken(NameTaken):
    """Resources of another blueprint of the tenant have this prefix in their names."""

    code = "prefix-taken"
    title = "The prefix is taken"


class DefaultTagsNotFound(DomainError):
    """The default tags are nothing the caller may see."""

    code = "default-tags-not-found"
    title = "Default tags not found"
    kind = ErrorKind.NOT_FOUND


class VersionNotFound(DomainError):
    """The blueprint has no version of this number."""

    code = "version-not-found"
    title = "Version not found"
    kind = ErrorKind.NOT_FOUND


class TagNotFound(DomainError):
    """No version of the blueprint carries this tag."""

    code = "tag-not-found"
    title = "Tag not found"
    kind = ErrorKind.NOT_FOUND

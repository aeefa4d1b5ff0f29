"""What can go wrong with tenants, in the words of those who meet it."""

from iac_platform.common.errors import DomainError, ErrorKind


class SlugTaken(DomainError):
    """Another tenant has this slug."""

    code = "slug-taken"
    title = "The slug is taken"
    kind = ErrorKind.CONFLICT


class ReservedSlug(DomainError):
    """The slug would shadow a host that the platform uses itself."""

    code = "slug-reserved"
    title = "The slug is reserved"
    kind = ErrorKind.INVALID


class InvalidTenant(DomainError):
    """A field of the tenant does not fit."""

    code = "invalid-tenant"
    title = "The tenant is not valid"
    kind = ErrorKind.INVALID


class UnknownPlan(DomainError):
    """There is no plan of this name."""

    code = "unknown-plan"
    title = "Service plan not found"
    kind = ErrorKind.INVALID


class PlanTaken(DomainError):
    """There is a plan of this name."""

    code = "plan-taken"
    title = "The service plan already exists"
    kind = ErrorKind.CONFLICT


class ServicePlanInUse(DomainError):
    """Tenants have the plan, or are given it when nobody says which."""

    code = "plan-in-use"
    title = "The service plan is in use"
    kind = ErrorKind.CONFLICT


class InvalidPlan(DomainError):
    """A field of the plan does not fit."""

    code = "invalid-plan"
    title = "The service plan is not valid"
    kind = ErrorKind.INVALID


class UnknownHost(DomainError):
    """No tenant is served at the request's host."""

    code = "unknown-host"
    title = "No tenant is served at this host"
    kind = ErrorKind.NOT_FOUND


class TenantHasMoved(Exception):
    """The host is the former address of a renamed tenant; no refusal, but a redirection.

    Attributes:
        to: the host that is served instead.
    """

    def __init__(self, *, to: str) -> None:
        super().__init__(to)
        self.to = to


class TenantMismatch(DomainError):
    """Host, token and X-Tenant-ID do not name the same tenant."""

    code = "tenant-mismatch"
    title = "The credentials belong to another tenant"
    kind = ErrorKind.FORBIDDEN


class TenantNotUsable(DomainError):
    """Base of what is said at the host of a tenant that may not be used now."""

    kind = ErrorKind.FORBIDDEN


class TenantSuspended(TenantNotUsable):
    """The operator has suspended the tenant."""

    code = "tenant-suspended"
    title = "The tenant is suspended"


class TenantInvited(TenantNotUsable):
    """The tenant has no admin yet."""

    code = "tenant-invited"
    title = "The tenant has no admin yet"


class TenantPendingDeletion(TenantNotUsable):
    """The tenant will be deleted."""

    code = "tenant-pending-deletion"
    title = "The tenant will be deleted"


class TenantNotReady(TenantNotUsable):
    """The tenant is still being provisioned."""

    code = "tenant-not-ready"
    title = "The tenant is being provisioned"
    kind = ErrorKind.UNAVAILABLE


class TenantMoving(DomainError):
    """The tenant's rows are changing place, so it takes no writes for a moment."""

    code = "tenant-moving"
    title = "The tenant is being moved"
    kind = ErrorKind.UNAVAILABLE


class PlatformIsFixed(DomainError):
    """The operator's own tenant cannot be suspended."""

    code = "platform-is-fixed"
    title = "The operator's tenant stays active"
    kind = ErrorKind.CONFLICT


class WrongStatus(DomainError):
    """The tenant's present status does not lead to the one that was asked for."""

    code = "wrong-tenant-status"
    title = "The tenant's status does not allow this"
    kind = ErrorKind.CONFLICT


class DeletionUnderWay(DomainError):
    """The tenant's rows are being deleted, or some are gone already."""

    code = "deletion-under-way"
    title = "The tenant is being deleted"
    kind = ErrorKind.CONFLICT


class InvalidDomain(DomainError):
    """The text is no host name, or one that the platform keeps for itself."""

    code = "invalid-domain"
    title = "The domain is not valid"


class DomainTaken(DomainError):
    """A tenant has the domain already."""

    code = "domain-taken"
    title = "The domain is taken"
    kind = ErrorKind.CONFLICT


class TooManyDomains(DomainError):
    """The tenant has as many unverified domains as it may."""

    code = "too-many-domains"
    title = "Too many domains wait for verification"
    kind = ErrorKind.CONFLICT


class TooManyChecks(DomainError):
    """The tenant has had DNS asked as often as it may for now."""

    code = "too-many-checks"
    title = "Too many DNS checks"
    kind = ErrorKind.EXHAUSTED


class DomainNotProven(DomainError):
    """DNS does not hold the proof that the domain is the tenant's."""

    code = "domain-not-proven"
    title = "The domain is not proven to be yours"
    kind = ErrorKind.CONFLICT


class NothingToProve(DomainError):
    """The platform gave the address itself, or the operator vouched for it."""

    code = "nothing-to-prove"
    title = "This domain needs no proof"
    kind = ErrorKind.CONFLICT


class PrimaryDomainStays(DomainError):
    """A tenant keeps its address under the base domain, and its former ones for a while."""

    code = "primary-domain-stays"
    title = "A primary domain cannot be removed"
    kind = ErrorKind.CONFLICT

"""Quotas that no other app owns (yet)."""

from tenants.quotas.registry import Kind, declare

API_CALLS = declare(
    "api_calls_per_day",
    "API calls per day",
    unit="calls",
    kind=Kind.REQUESTS,
    default=1_000_000,
)
# Whatever starts a deployment calls ``services.consume(DEPLOYMENTS)`` in its transaction.
DEPLOYMENTS = declare(
    "deployments_per_month",
    "Deployments per month",
    unit="deployments",
    kind=Kind.MONTHLY,
    default=1_000,
)

"""One valid request for every operation of the API; the suites fail where one is missing."""

from tests.api.samples import (
    access,
    catalog,
    domains,
    generation,
    operations,
    quotas,
    rbac,
    service_accounts,
    tenants,
)
from tests.api.samples.sample import Sample, path_of

SAMPLES: dict[str, Sample] = {
    **rbac.SAMPLES,
    **access.SAMPLES,
    **service_accounts.SAMPLES,
    **tenants.SAMPLES,
    **operations.SAMPLES,
    **quotas.SAMPLES,
    **domains.SAMPLES,
    **catalog.SAMPLES,
    **generation.SAMPLES,
}

__all__ = ["SAMPLES", "Sample", "path_of"]

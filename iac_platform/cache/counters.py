"""What Prometheus learns about the cache; totals only, never a series per tenant."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

CACHE_HITS = Counter("iac_cache_hits_total", "Values found in the cache.")
CACHE_MISSES = Counter("iac_cache_misses_total", "Values looked for and not found.")
CACHE_ERRORS = Counter(
    "iac_cache_errors_total", "Operations skipped because the cache did not answer.", ["operation"]
)
CACHE_INVALIDATIONS = Counter("iac_cache_invalidations_total", "Namespaces invalidated.")
CACHE_OUTAGES = Counter("iac_cache_outages_total", "Times the cache was found not to answer.")
RESPONSE_CACHE = Counter(
    "iac_response_cache_requests_total", "Reads of the API, by what the cache did.", ["outcome"]
)
# Cached responses pass by the middleware that measures all others.
CACHED_RESPONSE_SECONDS = Histogram(
    "iac_cached_response_seconds",
    "How long cached responses took.",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5),
)

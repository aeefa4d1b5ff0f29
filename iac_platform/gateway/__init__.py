"""What every request passes: identity of the request, limits, problems, and the base views.

The gateway stands below tenants and rbac. It learns who may do what from
``settings.ACCESS_POLICY`` and whose request it is from ``settings.CACHE_TENANT_HOOK``.
"""

"""What every request passes: identity of the request, limits, problems, and the base views.

The gateway stands below tenants and rbac. It learns who may do what from
the hook ``access.ACCESS_POLICY``, and whose request it is from the cache's hook ``CURRENT_TENANT``.
"""

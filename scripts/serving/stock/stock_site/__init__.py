"""What a team would build of the same parts, as their documentation has it: to compare with.

django-tenants with a schema for each tenant, REST framework with model serializers, viewsets, token
authentication and numbered pages. It has no audit log, no roles, no limits and no response cache,
and isolates tenants by ``search_path`` alone: what is measured beside it does all of these.
"""

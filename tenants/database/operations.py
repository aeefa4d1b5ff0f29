"""PostgreSQL operations with the compilers that demand a tenant scope."""

from django.db.backends.postgresql import operations


class DatabaseOperations(operations.DatabaseOperations):
    """PostgreSQL's operations; only the compilers differ."""

    compiler_module = "tenants.database.compiler"

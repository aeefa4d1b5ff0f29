"""The migration operation that isolates tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import router
from django.db.migrations.operations.base import Operation

from tenants.isolation import rules

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


class Isolate(Operation):
    """Install tenant isolation on tables: policy, FORCE, composite keys, grants.

    Put it after the ``CreateModel`` of each tenant-owned model, in the same
    migration, so that no table ever stands open.
    """

    reversible = True
    # The statements name each other's tables, so they may not be reordered.
    atomic = True

    def __init__(self, *models: str, privileges: tuple[str, ...] | None = None) -> None:
        """Isolate ``models``, given as ``app_label.Model``.

        Args:
            models: the models whose tables are isolated, in dependency order.
            privileges: what the application role may do, if not everything.
        """
        self.models = models
        self.privileges = privileges

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """The form in which a migration file states it."""
        options = {"privileges": self.privileges} if self.privileges else {}
        return self.__class__.__name__, list(self.models), options

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Django's picture of the models does not change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002  # Django's signature
        to_state: ProjectState,
    ) -> None:
        """Run the statements that install the rules."""
        for rule in self._rules(app_label, schema_editor, to_state):
            for statement in self._forwards(rule):
                schema_editor.execute(statement, params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,  # noqa: ARG002  # Django's signature
    ) -> None:
        """Run the statements that remove them, last table first."""
        for rule in reversed(self._rules(app_label, schema_editor, from_state)):
            for statement in self._backwards(rule):
                schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        """One line for ``migrate --plan``."""
        return f"Isolate tenants' rows in {', '.join(self.models)}"

    def _forwards(self, rule: rules.TableRule) -> list[str]:
        return rules.install_statements(rule)

    def _backwards(self, rule: rules.TableRule) -> list[str]:
        return rules.remove_statements(rule)

    def _rules(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> list[rules.TableRule]:
        if not router.allow_migrate(schema_editor.connection.alias, app_label):
            return []
        return [
            rules.table_rule(state.apps.get_model(model), self.privileges) for model in self.models
        ]


class Adopt(Isolate):
    """Isolate tables of third-party apps, which have no ``tenant_id`` of their own."""

    def describe(self) -> str:
        """One line for ``migrate --plan``."""
        return f"Adopt and isolate the tables of {', '.join(self.models)}"

    def _forwards(self, rule: rules.TableRule) -> list[str]:
        return [*rules.adopt_statements(rule), *super()._forwards(rule)]

    def _backwards(self, rule: rules.TableRule) -> list[str]:
        return [*super()._backwards(rule), *rules.release_statements(rule)]


class AddTenantKeys(Operation):
    """Install the composite keys of fields that were added to an isolated table.

    Put it after the ``AddField`` of each ``TenantForeignKey``, in the same migration.
    """

    reversible = True
    atomic = True

    def __init__(self, model: str, *fields: str) -> None:
        """Tie ``fields`` of ``model``, given as ``app_label.Model``."""
        self.model = model
        self.fields = fields

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """The form in which a migration file states it."""
        return self.__class__.__name__, [self.model, *self.fields], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Django's picture of the models does not change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002  # Django's signature
        to_state: ProjectState,
    ) -> None:
        """Add the constraints and the indexes that serve them."""
        for key in self._keys(app_label, schema_editor, to_state):
            for statement in rules.key_statements(key):
                schema_editor.execute(statement, params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,  # noqa: ARG002  # Django's signature
    ) -> None:
        """Drop them; the columns go with the ``AddField``."""
        for key in reversed(self._keys(app_label, schema_editor, from_state)):
            for statement in rules.drop_key_statements(key):
                schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        """One line for ``migrate --plan``."""
        return f"Tie {', '.join(self.fields)} of {self.model} to rows of the same tenant"

    def _keys(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> list[rules.ForeignKeyRule]:
        if not router.allow_migrate(schema_editor.connection.alias, app_label):
            return []
        model = state.apps.get_model(self.model)
        columns = {str(model._meta.get_field(name).column) for name in self.fields}
        return [key for key in rules.table_rule(model).foreign_keys if key.column in columns]

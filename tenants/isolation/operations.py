"""The migration operation that isolates tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db import router
from django.db.migrations.operations.base import Operation

from tenants.isolation import rules

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


Rule = TypeVar("Rule", rules.TableRule, rules.ForeignKeyRule)


class IsolationOperation(Operation, Generic[Rule]):
    """Installs something about tables by SQL; Django's picture of the models stays."""

    reversible = True
    # The statements name each other's tables, so they may not be reordered.
    atomic = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Django's picture of the models does not change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002  # Django's signature
        to_state: ProjectState,
    ) -> None:
        """Run the statements that install it."""
        for rule in self._migrated(app_label, schema_editor, to_state):
            for statement in self._forwards(rule):
                schema_editor.execute(statement, params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,  # noqa: ARG002  # Django's signature
    ) -> None:
        """Run the statements that remove it, the last first."""
        for rule in reversed(self._migrated(app_label, schema_editor, from_state)):
            for statement in self._backwards(rule):
                schema_editor.execute(statement, params=None)

    def _migrated(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> list[Rule]:
        """The rules, in a schema to which the app's tables belong; none elsewhere."""
        belongs = router.allow_migrate(schema_editor.connection.alias, app_label)
        return self._rules(state) if belongs else []

    def _rules(self, state: ProjectState) -> list[Rule]:
        raise NotImplementedError

    def _forwards(self, rule: Rule) -> list[str]:
        raise NotImplementedError

    def _backwards(self, rule: Rule) -> list[str]:
        raise NotImplementedError


class Isolate(IsolationOperation[rules.TableRule]):
    """Install tenant isolation on tables: policy, FORCE, composite keys, grants.

    Put it after the ``CreateModel`` of each tenant-owned model, in the same
    migration, so that no table ever stands open.
    """

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

    def describe(self) -> str:
        """One line for ``migrate --plan``."""
        return f"Isolate tenants' rows in {', '.join(self.models)}"

    def _forwards(self, rule: rules.TableRule) -> list[str]:
        return rules.install_statements(rule)

    def _backwards(self, rule: rules.TableRule) -> list[str]:
        return rules.remove_statements(rule)

    def _rules(self, state: ProjectState) -> list[rules.TableRule]:
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


class AddTenantKeys(IsolationOperation[rules.ForeignKeyRule]):
    """Install the composite keys of fields that were added to an isolated table.

    Put it after the ``AddField`` of each ``TenantForeignKey``, in the same migration.
    """

    def __init__(self, model: str, *fields: str) -> None:
        """Tie ``fields`` of ``model``, given as ``app_label.Model``."""
        self.model = model
        self.fields = fields

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """The form in which a migration file states it."""
        return self.__class__.__name__, [self.model, *self.fields], {}

    def describe(self) -> str:
        """One line for ``migrate --plan``."""
        return f"Tie {', '.join(self.fields)} of {self.model} to rows of the same tenant"

    def _forwards(self, rule: rules.ForeignKeyRule) -> list[str]:
        return rules.key_statements(rule)

    def _backwards(self, rule: rules.ForeignKeyRule) -> list[str]:
        return rules.drop_key_statements(rule)  # the columns go with the ``AddField``

    def _rules(self, state: ProjectState) -> list[rules.ForeignKeyRule]:
        model = state.apps.get_model(self.model)
        columns = {str(model._meta.get_field(name).column) for name in self.fields}
        return [key for key in rules.table_rule(model).foreign_keys if key.column in columns]

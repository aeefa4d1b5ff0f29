from typing import Any, ClassVar

from django.db import migrations, router

# Two random UUIDs' worth of randomness, as 64 hexadecimal digits.
CHALLENGES = """
    UPDATE domains
       SET challenge = encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'hex')
     WHERE verified_at IS NULL AND challenge = ''
"""


def challenge(_apps: Any, schema_editor: Any) -> None:
    if router.allow_migrate(schema_editor.connection.alias, "tenants"):
        schema_editor.execute(CHALLENGES, params=None)


class Migration(migrations.Migration):
    """Domains that wait for verification get something to prove them by."""

    dependencies: ClassVar = [("tenants", "0009_domains_by_proof")]

    operations: ClassVar = [migrations.RunPython(challenge, migrations.RunPython.noop)]

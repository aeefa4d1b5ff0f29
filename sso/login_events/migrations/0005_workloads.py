from django.db import migrations, models


class Migration(migrations.Migration):
    """Tokens issued to workloads; the choices are no business of the database."""

    dependencies = [
        ("login_events", "0004_linked"),
    ]

    operations = [
        migrations.AlterField(
            model_name="loginevent",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("signed_in", "Signed in"),
                    ("signed_out", "Signed out by the provider"),
                    ("linked", "Linked to a user"),
                    ("refused", "Refused"),
                    ("tested", "Tested, nobody signed in"),
                    ("token_issued", "Token issued to a workload"),
                ],
                editable=False,
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="loginevent",
            name="provider_kind",
            field=models.CharField(
                choices=[
                    ("saml", "SAML"),
                    ("oidc", "OpenID Connect"),
                    ("scim", "SCIM"),
                    ("workload", "Workload identity"),
                ],
                editable=False,
                max_length=8,
            ),
        ),
    ]

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):
    """Second factors of sessions and what requires them; how long sessions last."""

    dependencies: ClassVar = [("sign_in", "0002_sign_in_policy")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="signinpolicy",
            name="requires_second_factor",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Whether people who sign in with a password must show a second factor as well.",
                verbose_name="requires a second factor",
            ),
        ),
        migrations.AddField(
            model_name="signinpolicy",
            name="session_hours",
            field=models.PositiveSmallIntegerField(
                db_default=8,
                default=8,
                help_text="After how many hours people sign in again, whatever they do meanwhile.",
                validators=[MinValueValidator(1), MaxValueValidator(168)],
            ),
        ),
        migrations.AddField(
            model_name="signinpolicy",
            name="idle_minutes",
            field=models.PositiveSmallIntegerField(
                db_default=10080,
                default=10080,
                help_text="After how many minutes without use a session ends; uses are noted every 5.",
                validators=[MinValueValidator(15), MaxValueValidator(10080)],
                verbose_name="idle limit in minutes",
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="second_factor",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="Which second factor was shown beside the password; empty for none.",
                max_length=16,
            ),
        ),
    ]

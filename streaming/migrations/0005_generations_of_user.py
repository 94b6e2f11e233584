"""Finds the answers of a user by time."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("streaming", "0004_languagemodel_can_see"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="generation",
            index=models.Index(fields=["user", "-created_at"], name="generations_of_user"),
        ),
    ]

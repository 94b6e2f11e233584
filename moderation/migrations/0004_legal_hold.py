import django.contrib.auth.models
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_deletion_requested"),
        ("moderation", "0003_retention_batches"),
    ]

    operations = [
        migrations.CreateModel(
            name="LegalHold",
            fields=[],
            options={
                "verbose_name": "legal hold",
                "verbose_name_plural": "legal holds",
                "permissions": [("set_legal_hold", "Can put accounts on legal hold and lift it")],
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("accounts.user",),
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
    ]

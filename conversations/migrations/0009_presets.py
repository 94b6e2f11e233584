import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_deletion_requested"),
        ("conversations", "0008_search_windows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Preset",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "text",
                    models.TextField(help_text="Becomes the system prompt.", max_length=8000, verbose_name="text"),
                ),
                (
                    "model",
                    models.CharField(
                        blank=True,
                        help_text="The short name of a model. Empty: the usual one.",
                        max_length=100,
                        verbose_name="model",
                    ),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="The lowest stands first.", verbose_name="position"
                    ),
                ),
                (
                    "enabled",
                    models.BooleanField(
                        default=True,
                        help_text="Switch off to offer it no more, but keep what was said of it.",
                        verbose_name="offered",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created"
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                (
                    "tiers",
                    models.ManyToManyField(
                        blank=True,
                        help_text="None: for everybody.",
                        related_name="+",
                        to="accounts.tier",
                        verbose_name="for tiers",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="presets",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "prompt preset",
                "verbose_name_plural": "prompt presets",
                "db_table": "presets",
                "ordering": ["position", "name", "id"],
            },
        ),
        migrations.AddField(
            model_name="conversation",
            name="preset",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="conversations",
                to="conversations.preset",
                verbose_name="preset",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("preset__isnull", False)), fields=["preset"], name="conversations_of_preset"
            ),
        ),
        migrations.AddIndex(
            model_name="preset",
            index=models.Index(fields=["user", "name", "id"], name="presets_of_user"),
        ),
        migrations.AddIndex(
            model_name="preset",
            index=models.Index(
                condition=models.Q(("user__isnull", True)), fields=["position", "name", "id"], name="presets_shared"
            ),
        ),
    ]

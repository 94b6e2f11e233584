import uuid

import django.db.models.functions.datetime
from django.db import migrations, models

REFUSE_ON_HOLD = "".join(
    f"CREATE TRIGGER {table}_on_hold BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_deletion_on_hold();"
    for table in ("moderation_verdict", "moderation_appeal", "moderation_report")
)
ALLOW_AGAIN = "".join(
    f"DROP TRIGGER {table}_on_hold ON {table};"
    for table in ("moderation_verdict", "moderation_appeal", "moderation_report")
)


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0004_deletion_marks"),
        ("moderation", "0002_appeals_and_reports"),
    ]

    operations = [
        migrations.CreateModel(
            name="RetentionBatch",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("user_id", models.UUIDField(db_index=True, verbose_name="user")),
                ("user_label", models.CharField(max_length=150, verbose_name="user's name")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("writing", "being archived"),
                            ("deleting", "being deleted"),
                            ("done", "done"),
                            ("abandoned", "abandoned"),
                            ("erased", "erased from the archive"),
                        ],
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("digests", models.JSONField(default=dict, editable=False)),
                ("folder", models.CharField(blank=True, max_length=100, verbose_name="folder in the archive")),
                ("conversations", models.PositiveIntegerField(default=0, verbose_name="conversations")),
                ("deleted_conversations", models.PositiveIntegerField(default=0, verbose_name="conversations deleted")),
                ("deleted_messages", models.PositiveIntegerField(default=0, verbose_name="messages deleted")),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="rows archived")),
                ("files", models.PositiveIntegerField(default=0, verbose_name="files archived")),
                ("bytes", models.PositiveBigIntegerField(default=0, verbose_name="bytes archived")),
                ("size", models.PositiveBigIntegerField(default=0, verbose_name="bytes in the archive")),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="SHA-256")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="begun"
                    ),
                ),
                ("finished_at", models.DateTimeField(editable=False, null=True, verbose_name="finished")),
            ],
            options={
                "verbose_name": "retention batch",
                "verbose_name_plural": "retention batches",
                "ordering": ["-created_at"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ["writing", "deleting"])),
                        fields=["status"],
                        name="moderation_batches_unfinished",
                    )
                ],
            },
        ),
        migrations.RunSQL(REFUSE_ON_HOLD, ALLOW_AGAIN),
    ]

from django.db import migrations

from chatbot.lib.postgres.compression import use_lz4


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0004_legal_hold"),
    ]

    operations = [
        use_lz4("moderation_verdict", "content"),
        use_lz4("moderation_report", "content"),
    ]

from django.db import migrations

from chatbot.lib.postgres.compression import use_lz4


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0006_search"),
    ]

    operations = [
        use_lz4("messages", "search"),
        use_lz4("attachments", "text"),
        use_lz4("summaries", "content"),
        use_lz4("shares", "content"),
    ]

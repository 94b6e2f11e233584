from django.db import migrations

from chatbot.lib.postgres.compression import use_lz4


class Migration(migrations.Migration):
    dependencies = [
        ("streaming", "0005_generations_of_user"),
    ]

    operations = [
        # Written again every two seconds while an answer grows.
        use_lz4("generations", "checkpoint"),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("streaming", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="languagemodel",
            name="can_prefill",
            field=models.BooleanField(
                default=False,
                help_text="An assistant's message at the end of a request is continued, and not repeated (llama.cpp does so, OpenAI does not). An answer that was cut then goes on where it was; otherwise it begins anew.",
                verbose_name="continues answers",
            ),
        ),
    ]

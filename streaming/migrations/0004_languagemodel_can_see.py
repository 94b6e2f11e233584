from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("streaming", "0003_completions"),
    ]

    operations = [
        migrations.AddField(
            model_name="languagemodel",
            name="can_see",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Images that users attach are sent to it. To other models they are only mentioned.",
                verbose_name="sees images",
            ),
        ),
    ]

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# The arguments of a trigger are the columns that name files. A function of its own reads them, so that the row is not
# unpacked whole: it may hold a long text.
DISCARD_FILES = """
CREATE FUNCTION discard_files() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    field text;
    file text;
BEGIN
    FOREACH field IN ARRAY TG_ARGV LOOP
        EXECUTE format('SELECT ($1).%I', field) INTO file USING OLD;
        IF file <> '' THEN
            INSERT INTO discarded_files (name, due_at, removing) VALUES (file, now(), false) ON CONFLICT DO NOTHING;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER attachments_discard_files AFTER DELETE ON attachments
    FOR EACH ROW EXECUTE FUNCTION discard_files('file', 'thumbnail');
CREATE TRIGGER exports_discard_files AFTER DELETE ON exports
    FOR EACH ROW EXECUTE FUNCTION discard_files('file');
CREATE TRIGGER imports_discard_files AFTER DELETE ON imports
    FOR EACH ROW EXECUTE FUNCTION discard_files('file');
"""
KEEP_FILES = """
DROP TRIGGER imports_discard_files ON imports;
DROP TRIGGER exports_discard_files ON exports;
DROP TRIGGER attachments_discard_files ON attachments;
DROP FUNCTION discard_files();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0004_deletion_marks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DiscardedFile",
            fields=[
                ("name", models.CharField(max_length=200, primary_key=True, serialize=False, verbose_name="name")),
                (
                    "due_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="due"),
                ),
                ("removing", models.BooleanField(db_default=False, default=False, verbose_name="being removed")),
            ],
            options={
                "verbose_name": "discarded file",
                "verbose_name_plural": "discarded files",
                "db_table": "discarded_files",
                "ordering": ["due_at"],
                "indexes": [models.Index(fields=["due_at"], name="discarded_files_due")],
            },
        ),
        migrations.AlterField(
            model_name="attachment",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="attachments",
                to=settings.AUTH_USER_MODEL,
                verbose_name="user",
            ),
        ),
        migrations.AlterField(
            model_name="attachment",
            name="conversation",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="attachments",
                to="conversations.conversation",
                verbose_name="conversation",
            ),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(fields=["user", "-id"], include=["size"], name="attachments_of_user"),
        ),
        migrations.RunSQL(DISCARD_FILES, KEEP_FILES),
    ]

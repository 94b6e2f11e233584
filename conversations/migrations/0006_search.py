from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import BtreeGinExtension, TrigramExtension
from django.db import migrations, models

# Separators become spaces, so that the parts of a host name, a path, a tag or a name_like_this are words. A script that
# writes without spaces (Thai, Lao, Burmese, Khmer, Chinese, Japanese) and Korean with its endings has words of one
# character. Queries and highlights use `search_text` too.
_UNSPACED = r"[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u2E80-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\U00020000-\U0003FFFF]"
SEARCH_TEXT = rf"""
CREATE FUNCTION search_text(content text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN regexp_replace(
    content, '[/\\@:_+#%~|<>&;=-]|\.(?=\w)|(?={_UNSPACED})|(?<={_UNSPACED})(?=\w)', ' ', 'g'
);
"""

# The configuration is our own so that the language can be changed (conversations.search.language).
LANGUAGE = f"""
CREATE TEXT SEARCH CONFIGURATION chat (COPY = pg_catalog.{settings.SEARCH_LANGUAGE});
"""

# Every word as it is written, with its places, and beside it the stems of the language. 100,000 characters of a message
# are searchable: a tsvector may not pass 1 MiB. The table is rewritten.
VECTOR = """
ALTER TABLE messages DROP COLUMN search;
ALTER TABLE messages ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    to_tsvector('simple', search_text(left(content, 100000)))
    || strip(to_tsvector('chat', search_text(left(content, 100000))))
) STORED;
"""

# With the user in it a search reads the caller's share of a word only, however often others use it.
INDEX = """
CREATE INDEX messages_search ON messages USING gin (user_id, search) WITH (fastupdate = on);
"""

FORMER_VECTOR = """
ALTER TABLE messages DROP COLUMN search;
ALTER TABLE messages ADD COLUMN search tsvector NOT NULL
    GENERATED ALWAYS AS (to_tsvector('simple', left(content, 100000))) STORED;
CREATE INDEX messages_search ON messages USING gin (search) WITH (fastupdate = on);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0005_discarded_files"),
    ]

    operations = [
        BtreeGinExtension(),
        TrigramExtension(),
        migrations.RunSQL(SEARCH_TEXT, "DROP FUNCTION search_text(text)"),
        migrations.RunSQL(LANGUAGE, "DROP TEXT SEARCH CONFIGURATION chat"),
        migrations.RunSQL(VECTOR, FORMER_VECTOR),
        migrations.RunSQL(INDEX, "DROP INDEX messages_search"),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("word", models.TextField(primary_key=True, serialize=False)),
                ("messages", models.PositiveIntegerField(verbose_name="messages")),
            ],
            options={
                "verbose_name": "word",
                "verbose_name_plural": "words",
                "db_table": "search_words",
                "indexes": [GinIndex(fields=["word"], name="search_words_letters", opclasses=["gin_trgm_ops"])],
            },
        ),
    ]

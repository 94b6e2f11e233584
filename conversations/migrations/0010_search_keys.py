from django.db import migrations

# Keys of the windows of time that a message is in (conversations/search/windows.py): the first 32 bits of the user's id,
# which length of window, and which of them by the time in the message's id. Unlike a range of numbers, of which an index
# has to gather everything first, keys are followed side by side with the words.
KEYS = """
CREATE FUNCTION search_keys(user_id uuid, id uuid) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ARRAY[
    ('x' || left(user_id::text, 8) || '0' || substr(id::text, 3, 5))::bit(56)::bigint,
    ('x' || left(user_id::text, 8) || '10' || substr(id::text, 3, 4))::bit(56)::bigint,
    ('x' || left(user_id::text, 8) || '200' || substr(id::text, 3, 3))::bit(56)::bigint,
    ('x' || left(user_id::text, 8) || '3000' || substr(id::text, 3, 2))::bit(56)::bigint
];
"""

# The index is built anew while nobody writes.
INDEX = """
DROP INDEX messages_search;
CREATE INDEX messages_search ON messages USING gin (search_keys(user_id, id), search) WITH (fastupdate = on);
"""

FORMER_INDEX = """
DROP INDEX messages_search;
CREATE INDEX messages_search ON messages USING gin (user_id, search_window(user_id, id), search) WITH (fastupdate = on);
"""

FORMER_WINDOW = """
CREATE FUNCTION search_window(user_id uuid, id uuid) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('x' || left(user_id::text, 8) || substr(id::text, 3, 5))::bit(52)::bigint;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0009_presets"),
    ]

    operations = [
        migrations.RunSQL(KEYS, "DROP FUNCTION search_keys(uuid, uuid)"),
        migrations.RunSQL(INDEX, FORMER_INDEX),
        migrations.RunSQL("DROP FUNCTION search_window(uuid, uuid)", FORMER_WINDOW),
    ]

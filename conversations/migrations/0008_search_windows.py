from django.db import migrations

# The first 32 bits of the user's id, and the time in the message's id in steps of three days (chatbot.lib.ids). In an
# index it leads to a user's messages of some weeks, whatever else is in the partition.
WINDOW = """
CREATE FUNCTION search_window(user_id uuid, id uuid) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('x' || left(user_id::text, 8) || substr(id::text, 3, 5))::bit(52)::bigint;
"""

# The index is built anew while nobody writes.
INDEX = """
DROP INDEX messages_search;
CREATE INDEX messages_search ON messages USING gin (user_id, search_window(user_id, id), search) WITH (fastupdate = on);
"""

FORMER_INDEX = """
DROP INDEX messages_search;
CREATE INDEX messages_search ON messages USING gin (user_id, search) WITH (fastupdate = on);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0007_transfer_attempts"),
    ]

    operations = [
        migrations.RunSQL(WINDOW, "DROP FUNCTION search_window(uuid, uuid)"),
        migrations.RunSQL(INDEX, FORMER_INDEX),
    ]

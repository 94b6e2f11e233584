from django.conf import settings
from django.db import migrations, models

# The last door: nothing of an account under a legal hold is deleted, whoever is at the database. Services ask before
# and say so in a friendlier way (chatbot.accounts.legal_hold).
REFUSE_ON_HOLD = """
CREATE FUNCTION refuse_deletion_on_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM accounts_user WHERE id = OLD.user_id AND legal_hold) THEN
        RAISE EXCEPTION 'the account is under a legal hold' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER conversations_on_hold BEFORE DELETE ON conversations
    FOR EACH ROW EXECUTE FUNCTION refuse_deletion_on_hold();
CREATE TRIGGER messages_on_hold BEFORE DELETE ON messages
    FOR EACH ROW EXECUTE FUNCTION refuse_deletion_on_hold();
CREATE TRIGGER attachments_on_hold BEFORE DELETE ON attachments
    FOR EACH ROW EXECUTE FUNCTION refuse_deletion_on_hold();

CREATE FUNCTION refuse_account_deletion_on_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the account is under a legal hold' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER accounts_user_on_hold BEFORE DELETE ON accounts_user
    FOR EACH ROW WHEN (OLD.legal_hold) EXECUTE FUNCTION refuse_account_deletion_on_hold();
"""
ALLOW_AGAIN = """
DROP TRIGGER accounts_user_on_hold ON accounts_user;
DROP TRIGGER attachments_on_hold ON attachments;
DROP TRIGGER messages_on_hold ON messages;
DROP TRIGGER conversations_on_hold ON conversations;
DROP FUNCTION refuse_account_deletion_on_hold();
DROP FUNCTION refuse_deletion_on_hold();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_tokens_and_limits"),
        ("conversations", "0003_tree_attachments_shares_transfers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="deleted_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="deleted"),
        ),
        migrations.AddField(
            model_name="conversation",
            name="restored_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="restored"),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["deleted_at"],
                name="conversations_deleted",
            ),
        ),
        migrations.RunSQL(REFUSE_ON_HOLD, ALLOW_AGAIN),
    ]

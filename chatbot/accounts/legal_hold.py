"""The legal hold of an account, as everybody asks for it who is about to delete something."""

from uuid import UUID

from django.db import connection

from chatbot.lib.errors import Forbidden

ON_HOLD = "This account is under a legal hold: nothing of it may be deleted."


def refuse_on_hold(user_id: UUID) -> None:
    """Raises Forbidden while the account is under a legal hold. Asked inside of the transaction that deletes: no hold
    begins before that has ended. The database itself refuses whoever forgets to ask.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT legal_hold FROM accounts_user WHERE id = %s FOR SHARE", [user_id])
        row = cursor.fetchone()
    if row is not None and row[0]:
        raise Forbidden(ON_HOLD)

"""News of accounts for higher layers."""

from django.dispatch import Signal

# A spent refresh token came again and its family was ended. Arguments: `family`, and the `address` of the client.
token_reused = Signal()

# Sessions of a user were ended from elsewhere. Arguments: `user`, `count`.
session_ended = Signal()

# A user has asked for the account to be deleted; nobody can use it any more. Arguments: `user`, `request`.
account_deletion_requested = Signal()

# An account that was asked to be deleted is gone, with all it held. Arguments: `user_id`, `label` (its username).
account_deleted = Signal()

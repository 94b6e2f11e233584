"""What a caller may do on the REST doors."""

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from chatbot.accounts.models import AccessKey, User

if TYPE_CHECKING:  # rest_framework.views imports this module through the settings
    from rest_framework.views import APIView


class MayUseChat(BasePermission):
    """An active account that is allowed to chat; a key with the scope `read` only reads."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Whether the request may go on."""
        if not isinstance(request.user, User) or not request.user.may_use_chat:
            return False
        reads = request.method in SAFE_METHODS
        return reads or not isinstance(request.auth, AccessKey) or request.auth.scope == AccessKey.Scope.CHAT


class LoggedIn(MayUseChat):
    """Somebody who logged in, with a session or for tokens. An access key does not change the account it belongs to."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Whether the request may go on."""
        return super().has_permission(request, view) and not isinstance(request.auth, AccessKey)

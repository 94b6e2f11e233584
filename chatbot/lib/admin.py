"""What staff pages share."""

from django.http import HttpRequest


class ReadOnly:
    """Nobody adds, changes or deletes these rows by hand. Stands before ModelAdmin among the bases."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never."""
        return False

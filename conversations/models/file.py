"""DiscardedFile: what the storage may still hold although nothing names it."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class DiscardedFile(models.Model):
    """A file of the storage that no row names, or none yet: it is removed when it is due.

    A file that is about to be written is listed before, and taken off in the transaction that stores its row; a trigger
    lists the files of a row that is deleted, by whatever statement (migration `files`). So neither a crash nor a
    deletion in bulk leaves anything behind, and no file goes before the commit that ends its use.
    """

    name = models.CharField(_("name"), max_length=200, primary_key=True)
    due_at = models.DateTimeField(_("due"), db_default=Now())
    # Somebody is removing it: no row can have it any more.
    removing = models.BooleanField(_("being removed"), default=False, db_default=False)

    class Meta:
        db_table = "discarded_files"
        verbose_name = _("discarded file")
        verbose_name_plural = _("discarded files")
        ordering = ["due_at"]
        indexes = [models.Index(fields=["due_at"], name="discarded_files_due")]

    def __str__(self) -> str:
        return self.name

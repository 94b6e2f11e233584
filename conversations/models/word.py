"""SearchWord."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class SearchWord(models.Model):
    """A word that some message has, whoever wrote it, so that parts of words can be looked up.

    Nobody is ever shown one: it leads to messages of the one who asks, or to none.
    """

    word = models.TextField(primary_key=True)
    # As many messages as had it when it was first met: which words to try first.
    messages = models.PositiveIntegerField(_("messages"))

    class Meta:
        db_table = "search_words"
        verbose_name = _("word")
        verbose_name_plural = _("words")
        indexes = [GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="search_words_letters")]

    def __str__(self) -> str:
        return self.word

"""The figures of the bench as lines of text."""

from collections.abc import Callable

from django.db import connections

from chatbot.accounts.models import User
from moderation.retention.archive import LEVEL
from tests.load.compression.copies import archived, sent
from tests.load.compression.tables import methods, speed, store

LEVELS = (1, 3, LEVEL, 19)


def report(texts: list[str], say: Callable[[str], None]) -> None:
    """Measures one thing after the other and says what came of it."""
    raw = sum(len(text.encode()) for text in texts)
    long = sum(len(text.encode()) for text in texts if len(text.encode()) > 2_000) / 1e6
    user = User.objects.create_user("bench")
    say(f"\n{'in PostgreSQL':<16}{'content':>16}{'search':>10}{'table':>10}{'indexes':>10}{'write':>12}{'read':>12}")
    for method in methods():
        found, pace = store(user, texts, method), speed(texts, method)
        say(
            f"{method:<16}{found.content / 1e6:>7.2f} MB {raw / found.content:>4.2f}×{found.search / 1e6:>7.2f} MB"
            f"{found.table / 1e6:>7.2f} MB{found.indexes / 1e6:>7.2f} MB"
            f"{pace.writing / long * 1e3:>6.1f} ms/MB{pace.reading / long * 1e3:>6.1f} ms/MB"
            f"   {found.compressed:,} of {len(texts):,} compressed"
        )
    say(f"\n{'in the archive':<16}{'lines':>12}{'object':>12}{'ratio':>9}")
    for level in LEVELS:
        copy = archived(level)
        name = f"zstd {level}{' *' if level == LEVEL else ''}"
        say(
            f"{name:<16}{copy.raw / 1e6:>9.2f} MB{copy.size / 1e6:>9.2f} MB{copy.raw / copy.size:>8.2f}×"
            f"{copy.seconds / copy.raw * 1e9:>8.1f} ms/MB"
        )
    page = sent()
    say(
        f"\non the wire, pages of 50 by gzip: {page.raw / 1e6:.2f} MB → {page.size / 1e6:.2f} MB, "
        f"{page.raw / page.size:.2f}×, {page.seconds / page.raw * 1e9:.1f} ms/MB"
    )
    connections.close_all()

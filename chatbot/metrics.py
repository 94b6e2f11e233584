"""`/metrics`: what the processes counted, and what the database knows at this moment."""

import os
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from chatbot.lib.breaker import open_targets
from conversations.models import Conversation
from streaming.models import Generation, Provider

# A conversation counts as active when it had a message within this many seconds.
ACTIVE_SECONDS = 300


class StateCollector(Collector):
    """Gauges that are read from the database and from Redis when they are asked for."""

    def collect(self) -> Iterable[Metric]:
        """chat_generations, chat_queue_age_seconds, chat_active_conversations, chat_breaker_open."""
        generations = GaugeMetricFamily("chat_generations", "Generations that have not ended.", labels=["status"])
        active = Generation.objects.filter(status__in=Generation.ACTIVE)
        counts = dict(active.values_list("status").annotate(Count("pk")).order_by())
        for status in Generation.ACTIVE:
            generations.add_metric([status.value], counts.get(status.value, 0))
        yield generations

        oldest = Generation.objects.filter(status=Generation.Status.QUEUED).order_by("queued_at").first()
        age = (timezone.now() - oldest.queued_at).total_seconds() if oldest else 0.0
        yield GaugeMetricFamily("chat_queue_age_seconds", "Age of the oldest queued generation.", value=age)

        since = timezone.now() - timedelta(seconds=ACTIVE_SECONDS)
        recent = Conversation.objects.filter(last_message_at__gte=since).count()
        yield GaugeMetricFamily(
            "chat_active_conversations", "Conversations with a message in the last five minutes.", value=recent
        )

        try:
            resting = Counter(target.partition("/")[0] for target in open_targets())
        except RedisError:
            return  # a missing series says it: the page itself must come
        breakers = GaugeMetricFamily("chat_breaker_open", "Targets that rest after failures.", labels=["provider"])
        for slug in Provider.objects.values_list("slug", flat=True):
            breakers.add_metric([slug], resting[slug])
        yield breakers


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The text format of Prometheus. Processes that share PROMETHEUS_MULTIPROC_DIR are summed up."""
    own = CollectorRegistry()
    own.register(StateCollector())
    counted = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    return HttpResponse(generate_latest(counted) + generate_latest(own), content_type=CONTENT_TYPE_LATEST)

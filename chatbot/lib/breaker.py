"""A circuit breaker for each target, shared by all processes through Redis.

Closed: calls pass, failures are counted. `FAILURES` of them within `WINDOW_SECONDS` open it. Open: calls are refused
for `OPEN_SECONDS`. Then half-open: one caller at a time may probe; its success closes, its failure opens again. Without
Redis every call passes: a breaker saves time, it protects nothing.
"""

import asyncio
import logging
from collections.abc import Sequence

from redis.exceptions import RedisError

from chatbot.lib.redis import sync_redis
from chatbot.lib.redis_link import shared_link

logger = logging.getLogger(__name__)

FAILURES = 5
WINDOW_SECONDS = 60
OPEN_SECONDS = 20
PROBE_SECONDS = 30
# Who meets a probe under way asks again so soon: it ends with its first text.
PROBE_REST_SECONDS = 2
# Failures that come together count as one: a cut line breaks every stream on it.
TOGETHER_MS = 500
# No answer waits longer than this for its breaker.
PATIENCE_SECONDS = 0.5

# KEYS: failures, open, tripped, probe, together.
_REST = """
local rest = redis.call('TTL', KEYS[2])
if rest >= 0 then return math.max(rest, 1) end
if redis.call('EXISTS', KEYS[3]) == 0 then return 0 end
if redis.call('SET', KEYS[4], '1', 'NX', 'EX', ARGV[1]) then return -1 end
return tonumber(ARGV[2])
"""
_FAIL = """
local together = tonumber(ARGV[4])
local tripped = redis.call('EXISTS', KEYS[3]) == 1
if not tripped and together > 0 and not redis.call('SET', KEYS[5], '1', 'NX', 'PX', together) then return 0 end
local failures = redis.call('INCR', KEYS[1])
if failures == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
if failures >= tonumber(ARGV[1]) or tripped then
  redis.call('SET', KEYS[2], '1', 'EX', ARGV[3])
  redis.call('SET', KEYS[3], '1')
  redis.call('DEL', KEYS[1], KEYS[4])
  return 1
end
return 0
"""

_RELEASE = "return redis.call('DEL', KEYS[4])"
_SUCCEED = "return redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])"


def _keys(target: str) -> list[str]:
    return [f"breaker:{{{target}}}:{part}" for part in ("failures", "open", "tripped", "probe", "together")]


def open_targets() -> list[str]:
    """The targets that rest now. Raises RedisError."""
    return [key.decode().partition("{")[2].partition("}")[0] for key in sync_redis().scan_iter("breaker:*:open", 1_000)]


def rests_of(targets: Sequence[str]) -> list[int]:
    """Seconds that each of `targets` rests, without taking a probe; 0 for one that may be asked. Raises RedisError."""
    pipeline = sync_redis().pipeline(transaction=False)
    for target in targets:
        pipeline.ttl(_keys(target)[1])
    # TTL is -2 without a key; a key in its last second has 0.
    return [max(1, left) if left >= -1 else 0 for left in pipeline.execute()]


async def _run(script: str, target: str, *args: int) -> int:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            link = await shared_link()
            (reply,) = await link.execute([("EVAL", script, 5, *_keys(target), *args)])
        if isinstance(reply, RedisError):
            raise reply
        return int(reply)
    except (RedisError, OSError) as error:
        logger.warning("breaker not reached", extra={"target": target, "error": str(error)})
        return 0


async def rest_of(target: str) -> int:
    """Seconds that `target` rests from now; 0 when a call may go out, -1 when it may as a probe: the first call after a
    rest, which must be reported.
    """
    return await _run(_REST, target, PROBE_SECONDS, PROBE_REST_SECONDS)


async def succeeded(target: str) -> None:
    """Reports that a call worked: closes the breaker."""
    await _run(_SUCCEED, target)


async def released(target: str) -> None:
    """Reports that a call ended without telling anything of the target: the next caller may probe at once."""
    await _run(_RELEASE, target)


async def failed(target: str) -> bool:
    """Reports a failure of the target itself; gives whether the breaker is now open."""
    return bool(await _run(_FAIL, target, FAILURES, WINDOW_SECONDS, OPEN_SECONDS, TOGETHER_MS))

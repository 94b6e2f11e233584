"""The generator process: `python -m tests.load.generator` reads an Order from stdin and writes its result to stdout."""

import asyncio
import gc
import sys
from itertools import cycle, islice
from math import ceil
from time import perf_counter, process_time

import msgspec
import uvloop

from tests.load import processor
from tests.load.chat_socket import ChatSocket
from tests.load.direct import DirectCaller
from tests.load.orders import CONNECTS_AT_ONCE, IdleResult, Order, StopsResult, StreamsResult, spread_of
from tests.load.provider_counts import ProviderCounts
from tests.load.stream import Meter, Stream

PROBE_PAUSE_SECONDS = 0.1
SETTLE_SECONDS = 1.0
# How much longer a stream lasts than it would have to if every message were answered at once.
SLACK_SECONDS, SLACK_SECONDS_PER_STREAM = 1.0, 0.0125
PATIENCE_SECONDS = 60.0


async def measure(order: Order) -> StreamsResult | StopsResult | IdleResult:
    """Does what is ordered."""
    if order.stops:
        return await measure_stops(order)
    return await measure_streams(order) if order.streams else await measure_idle(order)


async def measure_streams(order: Order) -> StreamsResult:
    """Begins the streams one after another, measures while all are live, and waits for their ends."""
    meter, caller = Meter(), DirectCaller(order.provider_port, order.rate)
    streams, _ = await connect(order, meter, order.streams)
    probe = asyncio.create_task(caller.run(PROBE_PAUSE_SECONDS))
    await begin(order, streams)
    await asyncio.sleep(SETTLE_SECONDS)
    before, meter.open = usage(order), True
    started = perf_counter()
    await asyncio.sleep(order.seconds)
    meter.open = False
    seconds, after = perf_counter() - started, usage(order)
    megabytes = {name: processor.megabytes_of(order.pids[name][0]) for name in ("web", "engine")}
    probe.cancel()
    await asyncio.wait([stream.ended for stream in streams], timeout=PATIENCE_SECONDS)
    for stream in streams:
        stream.close()
    good = [stream for stream in streams if stream.ended.done() and stream.trouble is None]
    return StreamsResult(
        streams=order.streams,
        rate=order.rate,
        seconds=seconds,
        tokens=meter.tokens,
        complete=len(good),
        trouble=sorted({stream.trouble or "never ended" for stream in streams if stream not in good}),
        cpu={name: after[name] - before[name] for name in after},
        megabytes=megabytes,
        gap=spread_of(meter.gaps),
        first_token=spread_of([stream.first_at - stream.sent_at for stream in good]),
        direct=spread_of(caller.first_tokens),
        ack=spread_of([stream.accepted_at - stream.sent_at for stream in good]),
    )


async def measure_stops(order: Order) -> StopsResult:
    """Stops streams while all others go on. Raises RuntimeError when one did not end as stopped."""
    streams, _ = await connect(order, Meter(), order.streams)
    await begin(order, streams)
    told, cancelled = list[float](), list[float]()
    async with ProviderCounts(order.provider_port) as counts:
        for stream in streams[: order.stops]:
            before, started = await counts.cancelled(), perf_counter()
            stream.stop()
            cancelled.append(await counts.until_cancelled(before + 1) - started)
            await asyncio.wait_for(stream.ended, PATIENCE_SECONDS)
            if stream.trouble:
                raise RuntimeError(stream.trouble)
            told.append(stream.ended_at - started)
    for stream in streams:
        stream.close()
    return StopsResult(stops=order.stops, told=spread_of(told), cancelled=spread_of(cancelled))


async def begin(order: Order, streams: list[Stream]) -> None:
    """Sends the messages at an even pace; returns when every stream has its first token, or has failed."""
    loop = asyncio.get_running_loop()
    start, last = loop.time(), len(streams) / order.sends_per_second
    slack = SLACK_SECONDS + SLACK_SECONDS_PER_STREAM * len(streams)
    for number, stream in enumerate(streams):
        at = number / order.sends_per_second
        lasts = last - at + SETTLE_SECONDS + order.seconds + slack
        loop.call_at(start + at, stream.send, ceil(lasts * order.rate), order.rate)
    await asyncio.wait([stream.began for stream in streams], timeout=last + PATIENCE_SECONDS)


async def connect(order: Order, meter: Meter, count: int, skip: int = 0) -> tuple[list[Stream], list[float]]:
    """So many sockets that are ready, and the seconds that each took. The first `skip` proofs were used before."""
    proofs = islice(cycle(order.proofs), skip, skip + count)
    streams = [Stream(ChatSocket("127.0.0.1", order.port, proof), meter) for proof in proofs]
    waiting, took = iter(streams), list[float]()

    async def connect_next() -> None:
        for stream in waiting:
            started = perf_counter()
            await stream.connect()
            took.append(perf_counter() - started)

    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*(connect_next() for _ in range(CONNECTS_AT_ONCE)))
    refused = [stream.trouble for stream in streams if stream.trouble]
    if refused:
        raise RuntimeError(f"{len(refused)} of {count} sockets failed: {refused[0]}")
    return streams, took


async def measure_idle(order: Order) -> IdleResult:
    """Connects sockets that then say nothing. A first few warm the server up and are not counted."""
    warm, _ = await connect(order, Meter(), CONNECTS_AT_ONCE)
    for stream in warm:
        stream.close()
    await asyncio.sleep(SETTLE_SECONDS)
    web = order.pids["web"][0]
    memory, cpu, started = processor.megabytes_of(web), processor.seconds_of(web), perf_counter()
    _, took = await connect(order, Meter(), order.idle, skip=CONNECTS_AT_ONCE)
    seconds, used = perf_counter() - started, processor.seconds_of(web) - cpu
    await asyncio.sleep(order.seconds)
    return IdleResult(
        sockets=order.idle,
        proof=order.proof,
        connects_per_second=order.idle / seconds,
        connect=spread_of(took),
        kilobytes_each=1024 * (processor.megabytes_of(web) - memory) / order.idle,
        cpu_ms_each=1000 * used / order.idle,
    )


def usage(order: Order) -> dict[str, float]:
    """Processor time so far of the processes that the order names, of this one, and of the machine."""
    own = {"generator": process_time(), "machine": processor.machine_seconds()}
    return processor.seconds_by_name(order.pids) | own


def main() -> None:
    """Takes one order; the collector of garbage stays out of it."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    gc.disable()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(measure(order))
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main()

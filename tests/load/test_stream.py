"""The bench's reader notices whatever is missing, twice, or out of order; and its figures follow from what it saw."""

import json

import pytest

from tests.load.chat_socket import ChatSocket
from tests.load.orders import Spread, StreamsResult, spread_of
from tests.load.stream import Meter, Stream
from tests.load.table import others, smooth_streams, streams_per_core

pytestmark = pytest.mark.asyncio

START = {"type": "status", "seq": 1, "status": "running"}
FIRST = {"type": "token", "seq": 2, "content": "word1 word2"}
SECOND = {"type": "token", "seq": 3, "content": " word3"}
DONE = {"type": "done", "seq": 4, "status": "completed"}


class SilentSocket(ChatSocket):
    """A socket without a server."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 9, "key")
        self.sent: list[bytes] = []

    def send(self, payload: bytes) -> None:
        self.sent.append(payload)


def read(*frames: dict[str, object], wanted: int = 3) -> tuple[Stream, Meter]:
    socket, meter = SilentSocket(), Meter()
    meter.open = True
    stream = Stream(socket, meter)
    stream.send(wanted, rate=20)
    for frame in frames:
        socket.on_text(json.dumps(frame).encode())
    return stream, meter


async def test_a_whole_answer_is_complete_and_counted() -> None:
    stream, meter = read(START, FIRST, SECOND, DONE)
    assert stream.ended.done()
    assert stream.trouble is None
    assert (meter.tokens, len(meter.gaps)) == (3, 1)


@pytest.mark.parametrize(
    ("frames", "trouble"),
    [
        ([START, SECOND], "event 3 after 1"),
        ([START, FIRST, FIRST], "event 2 after 2"),
        ([START, FIRST, {**DONE, "seq": 3}], "completed with 2 of 3 tokens"),
        ([START, FIRST, SECOND, {**DONE, "status": "failed"}], "failed with 3 of 3 tokens"),
        ([START, {"type": "snapshot", "seq": 2, "content": "word1"}], "an unexpected snapshot"),
        ([{"type": "error", "code": "rate_limited"}], "error rate_limited"),
    ],
)
async def test_what_is_wrong_with_an_answer_is_noticed(frames: list[dict[str, object]], trouble: str) -> None:
    stream, _ = read(*frames)
    assert stream.trouble == trouble
    assert stream.ended.done()


async def test_frames_are_read_however_they_are_cut() -> None:
    long = b"x" * 70_000
    frames = [b"\x81\x02hi", b"\x81\x7e\x01\x2c" + b"y" * 300, b"\x81\x7f" + len(long).to_bytes(8, "big") + long]
    data = b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + b"".join(frames)
    for size in (1, 7, len(data)):
        socket, texts = ChatSocket("127.0.0.1", 9, "?ticket=x"), list[bytes]()
        socket.on_text = texts.append
        for at in range(0, len(data), size):
            socket.data_received(data[at : at + size])
        assert texts == [b"hi", b"y" * 300, long]


async def test_a_refused_handshake_and_a_close_are_told() -> None:
    for data, reason in (
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "refused: HTTP/1.1 403 Forbidden"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x88\x0e\x03\xf0Unauthorized", "closed with 1008 Unauthorized"),
    ):
        socket, reasons = ChatSocket("127.0.0.1", 9, "?ticket=x"), list[str]()
        socket.on_closed = reasons.append
        socket.data_received(data)
        assert reasons == [reason]


def level(streams: int, cores: float, gap: float) -> StreamsResult:
    """A level on which web alone used so many cores."""
    none = Spread(0, 0)
    return StreamsResult(
        streams=streams,
        rate=20,
        seconds=10,
        tokens=streams * 200,
        complete=streams,
        trouble=[],
        cpu={"web": 10 * cores, "engine": 0, "redis": 0, "machine": 20},
        megabytes={},
        gap=Spread(50, gap),
        first_token=none,
        direct=none,
        ack=none,
    )


async def test_streams_per_core_lie_between_two_levels_or_beyond_the_last() -> None:
    low, middle, high = level(100, 0.5, 55), level(300, 0.9, 80), level(500, 1.1, 160)
    assert streams_per_core([low, middle, high]) == pytest.approx(400)
    assert streams_per_core([low]) == pytest.approx(200)
    assert smooth_streams([low, middle, high]) == 300


async def test_what_the_machine_did_besides_is_what_no_process_of_the_bench_used() -> None:
    assert others(level(100, 0.5, 55)) == pytest.approx(1.5)


async def test_a_spread_is_in_milliseconds() -> None:
    assert spread_of([number / 1000 for number in range(100)]) == Spread(50, 99)
    assert spread_of([]) == Spread(0, 0)

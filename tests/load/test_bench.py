"""A short run of the bench: every figure is there and every stream complete. Nothing here judges how fast it was."""

import pytest

from tests.load import budgets, table
from tests.load.bench import Bench
from tests.load.budgets import Figures
from tests.load.stage import stage

STREAMS, STOPS, IDLE = 5, 3, 70


@pytest.mark.timeout(120)
def test_a_short_run_measures_everything_and_misses_nothing() -> None:
    with stage(durable=False) as on:
        on.serve("uvicorn")
        bench = Bench(on, seconds=1.0, most_streams=STREAMS)
        result = bench.streams(STREAMS)
        stops = bench.stops(STREAMS, STOPS)
        others = [bench.idle(IDLE, proof) for proof in ("token", "session", "ticket")]
        idle = bench.idle(IDLE)
    assert (result.complete, result.trouble) == (STREAMS, [])
    assert result.tokens > 0
    assert {"web", "engine", "redis", "postgres", "provider", "generator", "machine"} <= set(result.cpu)
    assert result.cpu["machine"] > 0
    assert min(result.megabytes["web"], result.megabytes["engine"]) > 20
    for spread in (result.gap, result.first_token, result.direct, result.ack):
        assert 0 < spread.p50 <= spread.p99
    assert stops.stops == STOPS
    assert min(stops.cancelled.p50, stops.told.p50) > 0
    assert [one.sockets for one in (idle, *others)] == [IDLE] * 4
    assert min(idle.connects_per_second, idle.connect.p50) > 0
    told = "\n".join(
        [table.row(result, "short"), *budgets.lines(Figures([result], result, stops, idle), baseline=300.0)]
    )
    assert "of the plain SDK consumer" in told
    assert "connects/s" in told
    assert "incomplete" not in told

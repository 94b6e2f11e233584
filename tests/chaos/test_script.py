"""A seed decides everything; the provider understands what the clients order; the table counts."""

from random import Random

from chatbot.dev.fakellm.received import Received
from chatbot.dev.fakellm.script import parse_directive
from tests.chaos.kinds import KINDS
from tests.chaos.lane import Result
from tests.chaos.places import Block
from tests.chaos.script import Load, plan
from tests.chaos.table import percentile, table

PEOPLE = 10


def test_a_seed_makes_the_same_choices_again() -> None:
    load = Load(faults=("500 times=1",))
    assert plan(load, Random(7), PEOPLE) == plan(load, Random(7), PEOPLE)
    assert plan(load, Random(7), PEOPLE) != plan(load, Random(8), PEOPLE)


def test_the_provider_gives_the_answer_that_the_checker_expects() -> None:
    for kind in KINDS.values():
        for chat in plan(kind.load, Random(kind.name), PEOPLE):
            for turn in chat.turns:
                script = parse_directive(turn.content)
                assert script is not None
                request = Received({}, {"messages": [{"role": "user", "content": turn.content}]})
                assert "".join(request.reply(script).tokens) == turn.answer


def test_there_are_enough_kinds_of_fault() -> None:
    assert len(KINDS) >= 30
    assert all(kind.strike.__doc__ for kind in KINDS.values())


def test_every_message_and_every_prompt_is_another() -> None:
    turns = [turn for seed in range(20) for chat in plan(Load(), Random(seed), PEOPLE) for turn in chat.turns]
    assert len({turn.client_message_id for turn in turns}) == len({turn.content for turn in turns}) == len(turns)


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(value) for value in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([3.0], 0.99)) == (50.0, 99.0, 3.0)


def test_the_table_counts_each_kind_and_all() -> None:
    results = [
        Result("flushall", 1, 5.0, messages=10, recovery=1.0, found={"lost": ["a", "b"], "stuck": []}),
        Result("flushall", 2, 5.0, messages=12, recovery=3.0, found={}, crashes=["worker ended with 1"]),
        Result("web_kill", 1, 5.0, error="broken"),
    ]
    lines = [line.split() for line in table(results).splitlines()]
    assert lines[1] == ["flushall", "2", "22", "2", "0", "0", "0", "0", "0", "1", "0", "1.0", "3.0", "3.0"]
    assert lines[2][:9] == ["web_kill", "1", "0", "0", "0", "0", "0", "0", "1"]
    assert lines[3][:4] == ["all", "3", "22", "2"]
    assert [result.sound for result in results] == [False, True, False]


def test_two_houses_share_no_port() -> None:
    blocks = [Block() for _ in range(20)]
    taken = [port for block in blocks for port in block.ports(["a", "b", "c"]).values()]
    for block in blocks:
        block.release()
    assert len(set(taken)) == 60

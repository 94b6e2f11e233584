"""A short run of the bench of history: every read answers, touches one partition and uses its indexes. Nothing here
judges how fast it was.
"""

import pytest

from tests.load.history import report
from tests.load.history.bench import bench
from tests.load.history.results import Answer, Findings

MESSAGES, RUNS = 4_000, 2


@pytest.fixture(scope="module")
def findings() -> Findings:
    return bench(MESSAGES, RUNS)


def named(findings: Findings, *parts: str) -> list[Answer]:
    found = [answer for answer in findings.answers if all(part in answer.name for part in parts)]
    assert found
    return found


@pytest.mark.timeout(240)
def test_every_kind_of_read_is_answered_and_measured(findings: Findings) -> None:
    assert len(findings.answers) == 31
    for answer in findings.answers:
        assert answer.failures == [], answer.name
        assert 0 < answer.api.p50 <= answer.api.p99
        assert 0 < answer.sql.p50 <= answer.sql.p99
        assert answer.statements <= 17, answer.name
    assert findings.words > 1_000
    assert min(findings.megabytes.values()) > 0


@pytest.mark.timeout(240)
def test_every_read_of_messages_touches_one_partition_by_its_indexes(findings: Findings) -> None:
    for answer in findings.answers:
        touched = 0 if answer.name.startswith("list") or "titles" in answer.name else 1
        assert len(answer.partitions) == touched, answer.name
    for page in named(findings, "page of the longest talk"):
        assert "conversation_id_sequence_number_idx1" in page.ways  # messages_of_branch
        assert page.statements == 3
    for search in named(findings, "search a", "heavy"):
        assert "pkey" in search.ways
    for search in named(findings, "part of a word"):
        assert "search_words_letters" in search.ways
    for listed in named(findings, "list of conversations", "heavy"):
        assert "conversations_of_user" in listed.ways


@pytest.mark.timeout(240)
def test_the_report_says_all_of_it(findings: Findings) -> None:
    told = "\n".join([report.about(findings), report.head(), *map(report.row, findings.answers)])
    told += "\n".join([*report.verdicts(findings), *report.growth(findings, findings)])
    assert f"{findings.messages:,} messages" in told
    assert "kept         1.0" in told  # partitions
    assert told.count("× 1.00") == 1 + len(findings.answers)
    assert "failed" not in told

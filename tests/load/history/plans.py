"""How PostgreSQL carries a statement out: which indexes, which partitions, how many rows."""

import json
import re
from collections.abc import Iterator
from typing import Any

_PARTITION = re.compile(r"^messages_[0-9a-f]$")
_OF_PARTITION = re.compile(r"^messages_[0-9a-f]_")

Plan = dict[str, Any]


def digest(plan: Plan) -> tuple[list[str], set[str]]:
    """The ways in which tables were read, and the partitions of messages among them."""
    ways: dict[str, None] = {}
    partitions = set()
    for node in _nodes(plan):
        if not node.get("Actual Loops", 1):
            continue
        table, index = node.get("Relation Name", ""), node.get("Index Name", "")
        if _PARTITION.match(table):
            partitions.add(table)
        if index:
            ways[_OF_PARTITION.sub("", index).removesuffix("_idx")] = None
        elif node["Node Type"] == "Seq Scan":
            ways[f"all of {table}"] = None
    return list(ways), partitions


def _nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)


def explain(cursor: Any, sql: str, values: Any) -> Plan:
    """The plan of a statement, which is carried out for it."""
    cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", values)
    (found,) = cursor.fetchone()
    made: Plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return made

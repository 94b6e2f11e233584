"""JSON documents, good and bad, as bytes. Ours are few; `documents()` adds those of the folder TEXTS_DIR: files named
as in test suites of parsers (`y_` valid, `n_` invalid, `i_` left open), alone or as rows with `name` and `base64`.
"""

import base64
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.integration.project.hostile_texts import folder_files, rows_of

DEPTH = 100_000


@dataclass(frozen=True, slots=True)
class Document:
    """A document. `valid` is None where parsers may differ."""

    data: bytes
    valid: bool | None

    def __str__(self) -> str:
        return repr(self.data if len(self.data) < 60 else self.data[:57] + b"...")


VALID = [
    *(
        b"null",
        b"true",
        b"0",
        b"-0",
        b'"text"',
        b"[]",
        b"{}",
        b"[[[]]]",
        b' \t\r\n{"a":1}\n',
        b'{"":0}',
        b"1e5",
        b"0.1",
    ),
    *(
        b'"\\u0000"',
        b'"\\ud83d\\ude00"',
        b'"\\/\\b\\f\\n\\r\\t\\\\\\""',
        b'{"a":1,"a":2}',
        b'{"\\u0000":{}}',
        b"-1",
        b"1.5",
    ),
    *(b'"' + b"a" * 70_000 + b'"', b'["' + b'","'.join([b"x"] * 5_000) + b'"]', b"1" * 60, b"9223372036854775808"),
    b"{" + b",".join(b'"k%d":%d' % (n, n) for n in range(2_000)) + b"}",
]
INVALID = [
    *(
        b"",
        b" ",
        b"{",
        b"}",
        b"[",
        b'"',
        b"{]",
        b"[1,]",
        b'{"a":1,}',
        b"[,1]",
        b"{,}",
        b"[1 2]",
        b'{"a" 1}',
        b'{"a"::1}',
    ),
    *(
        b"{a:1}",
        b"{'a':1}",
        b"'a'",
        b"nul",
        b"True",
        b"undefined",
        b"01",
        b"+1",
        b".5",
        b"1.",
        b"1e",
        b"--1",
        b"0x1",
        b"1_0",
    ),
    *(b'"\\x41"', b'"\\u12"', b'"\\ud8"', b'"\\"', b'"a\nb"', b'"\x00"', b"{}{}", b"[] x", b"{}//", b"/**/{}", b"#{}"),
    *(
        b'"\xff"',
        b'"\xc0\x80"',
        b'"\xed\xa0\x80"',
        b'"\xf4\x90\x80\x80"',
        b'"\xc3',
        b'{"\xff":1}',
        b"\xff\xfe{\x00}\x00",
    ),
    *(
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"[NaN]",
        b'{"a":-Infinity}',
        b"\x00",
        b"{}\x00",
        b"\xc2\xa0{}",
        b"\x0c{}",
        b"%7B%7D",
    ),
    *(b"[" * DEPTH, b'{"a":' * DEPTH, b"[[" * 500, b"<x/>", b"a=b&c=d", b"---\na: 1", b"--b\r\n\r\n--b--"),
]
EITHER = [
    *(
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'{"\\ud800":1}',
        b'"\\ud800\\u0041"',
        b'["\\udfff"]',
        b"1e400",
        b"-1e400",
        b"1e-400",
    ),
    *(
        b"9" * 5_000,
        b"-" + b"9" * 5_000,
        b"0." + b"9" * 5_000,
        b"1e99999999999999999999",
        b"\xef\xbb\xbf{}",
        b"\xef\xbb\xbf",
    ),
    *(b"[" * DEPTH + b"]" * DEPTH, b'{"a":' * DEPTH + b"1" + b"}" * DEPTH, b"[" * 900 + b"]" * 900),
    *('{"a":"é"}'.encode(encoding) for encoding in ("utf-16", "utf-32", "utf-16-be", "latin-1")),
]


def compact() -> list[Document]:
    """Our own documents."""
    kinds = ((VALID, True), (INVALID, False), (EITHER, None))
    return [Document(data, valid) for every, valid in kinds for data in every]


@cache
def documents() -> tuple[Document, ...]:
    """Our own documents and those of TEXTS_DIR."""
    return (*compact(), *(one for path in folder_files() for one in _documents_of(path)))


def _documents_of(path: Path) -> list[Document]:
    if path.suffix == ".json":
        named = path.name[:2] in {"y_", "n_", "i_"}
        return [_named(path.name, path.read_bytes())] if named else []
    rows = rows_of(path) if path.suffix == ".jsonl" else []
    return [
        _named(str(row.get("name", "")), base64.b64decode(row["base64"]))
        for row in rows
        if isinstance(row, dict) and "base64" in row
    ]


def _named(name: str, data: bytes) -> Document:
    return Document(data, {"y": True, "n": False}.get(name[:1]))


# What may stand where a field has another type.
WRONG = [
    *(b"null", b"true", b"false", b"0", b"-1", b"1.5", b"1e400", b"NaN", b"-Infinity", b"9" * 400, b"2147483648"),
    *(b"9223372036854775808", b"[]", b"[null]", b"[[]]", b"{}", b'{"a":null}', b'""', b'"nan"', b'"-inf"', b'"true"'),
    *(b'"00000000-0000-0000-0000-000000000000"', b'"9999-12-31T23:59:59-23:59"', b'"0001-01-01T00:00:00+14:00"'),
    *(
        b"[" * 900 + b"]" * 900,
        b'["' + b'","'.join([b"x"] * 5_000) + b'"]',
        b'"\\ud800"',
        b'["\\ud800"]',
        b'{"\\ud800":1}',
    ),
]


def as_json(text: str, *, ascii_only: bool = True) -> bytes:
    """A text as JSON, with escapes or as it is; halves of surrogate pairs are always escaped."""
    return json.dumps(text, ensure_ascii=ascii_only or any("\ud800" <= char <= "\udfff" for char in text)).encode()

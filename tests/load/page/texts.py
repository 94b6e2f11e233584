"""Answers for the bench: long texts of one shape each, and one as models write them."""

from collections.abc import Callable
from itertools import count

_PARAGRAPH = (
    "The harbour town of **Elmouth** grew around its *tidal mill*, which ground the flour of three valleys for four "
    "hundred years. See [the survey](https://example.org/survey/{0}) or `mill.c`, line {0}, for what is left of it. "
)
_CODE = """```python
def turn(wheel: Wheel, flow: float) -> float:
    \"\"\"How far the wheel {0} turns in an hour, in radians.\"\"\"
    return sum(paddle.area * flow for paddle in wheel.paddles) / {0}  # an estimate
```
"""
_MIXED = """## Part {0}

%s%s

- the first point of **part {0}**, in a line of its own
- the second, with `code` and a formula, $a^2 + b^2 = c_{{{0}}}^2$
  - and one within it
- the last one[^{0}]

%s
| year | sacks | price |
|-----:|-------|:-----:|
| 18{0} | {0}00 | 3.20 |
| 19{0} | {0}50 | 4.10 |

> A quote of part {0}, of two lines,
> as they are written.

1. then
2. there are steps

[^{0}]: As the books of the mill say.

""" % (_PARAGRAPH, _PARAGRAPH, _CODE)  # noqa: UP031 - braces are for the number


def _repeat(piece: Callable[[int], str], characters: int, head: str = "") -> str:
    pieces, length = [head], len(head)
    for number in count(1):
        if length >= characters:
            break
        pieces.append(piece(number))
        length += len(pieces[-1])
    return "".join(pieces)[:characters]


SHAPES: dict[str, Callable[[int], str]] = {
    "as models write": lambda characters: _repeat(_MIXED.format, characters),
    "one paragraph": lambda characters: _repeat(_PARAGRAPH.format, characters),
    "one list": lambda characters: _repeat(
        "- item **{0}** of a list, with `code` in a line of words\n".format, characters
    ),
    "one table": lambda characters: _repeat(
        "| row {0} | **strong** and `code` | {0} |\n".format, characters, "| a | b | c |\n|---|---|--:|\n"
    ),
    "one code block": lambda characters: _repeat(
        "def step_{0}(x: int) -> int:\n    return x + {0}\n\n".format, characters, "```python\n"
    ),
    "one quote": lambda characters: _repeat(
        "> words of line {0}, quoted from a book that is long\n>\n".format, characters
    ),
}

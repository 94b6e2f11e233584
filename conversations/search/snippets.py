"""The passage of a text in which the words stand that somebody looked for, as parts that match or do not."""

from typing import TypedDict

LENGTH = 240
# How much of it stands before the first word that matches.
LEAD = 60
MOST_MARKS = 1_000

# The characters of which `search_text` makes spaces (conversations/migrations/0006_search.py).
_SEPARATORS = frozenset("/\\@:_+#%~|<>&;=-.")

Range = tuple[int, int]


class Part(TypedDict):
    """A piece of a snippet. `match` says whether it is to be highlighted."""

    text: str
    match: bool


def find_marks(content: str, marked: str, *, start: str, end: str) -> list[Range]:
    """Where in `content` the words stand that are marked in `marked`: that is `search_text(content)` with `start` and
    `end` around words.
    """
    before, *pieces = marked.split(start)
    ranges, length = [], len(before)
    for piece in pieces:
        word, _, rest = piece.partition(end)
        ranges.append((length, length + len(word)))
        length += len(word) + len(rest)
    if length == len(content):
        return ranges
    places = _places(content, marked.replace(start, "").replace(end, ""))
    return [(places[first], places[last]) for first, last in ranges]


def _places(content: str, text: str) -> list[int]:
    """For each character of `text`, which is `search_text(content)`, and its end the place in `content` it stands for.

    A space that stands for nothing was put between two words.
    """
    places, place = [], 0
    for character in text:
        places.append(place)
        if place < len(content):
            written = content[place]
            place += written == character or (character == " " and written in _SEPARATORS)
    return [*places, place]


def make_snippet(content: str, marks: list[Range]) -> list[Part]:
    """Up to LENGTH characters around most of the marks, else from the beginning. White space becomes single spaces."""
    marks = _merged(marks)
    begin, finish = _passage(content, marks)
    parts: list[Part] = []
    place = begin
    for first, last in marks:
        if last > begin and first < finish:
            _add(parts, content[place : max(place, first)], match=False)
            _add(parts, content[max(place, first) : min(last, finish)], match=True)
            place = min(last, finish)
    _add(parts, content[place:finish], match=False)
    if begin > 0:
        parts.insert(0, {"text": "… ", "match": False})
    if finish < len(content.rstrip()):
        parts.append({"text": " …", "match": False})
    return parts


def _merged(marks: list[Range]) -> list[Range]:
    merged: list[Range] = []
    for first, last in sorted(marks)[:MOST_MARKS]:
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        else:
            merged.append((first, last))
    return merged


def _passage(content: str, marks: list[Range]) -> Range:
    """The passage with the most marks, from the start of a word to the end of one where there are any near."""
    best, most = 0, 0
    for number, (first, _) in enumerate(marks):
        inside = sum(last <= first + LENGTH - LEAD for _, last in marks[number : number + LENGTH])
        if inside > most:
            best, most = first, inside
    begin = max(0, best - LEAD)
    if begin:
        space = content.find(" ", begin, best)
        begin = space + 1 if space >= 0 else begin
    finish = begin + LENGTH
    if finish < len(content):
        space = content.rfind(" ", finish - LEAD, finish)
        finish = space if space >= 0 else finish
    return begin, min(finish, len(content))


def _add(parts: list[Part], text: str, *, match: bool) -> None:
    spaced = " ".join(text.split())
    if spaced and not match:
        spaced = " " * text[0].isspace() + spaced + " " * text[-1].isspace()
    if spaced or text:
        parts.append({"text": spaced or " ", "match": match})

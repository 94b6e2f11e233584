"""Text that is like what people and models write: words by Zipf's law, endings, lengths with a long tail."""

from itertools import accumulate
from math import exp
from random import Random

_SYLLABLES = """
ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu za bra cle dri flo gru pla stre tri sco men gra phy ther
con pro ver est mar len
"""
_ENDINGS = ("", "", "", "", "s", "s", "ed", "ing", "er", "ly", "ness", "ation")
# The most frequent words of English hold a third of a text, and a stemmer knows them.
_FREQUENT = """
the of and to a in is that for it as was with be by on not he his but at are this have from or had an they which one you
were all her she there would their we him been has when who will no more if out so what up said about
"""

WORDS = 60_000
SENTENCES = 20_000
WORDS_PER_SENTENCE = 10


def vocabulary(random: Random) -> list[str]:
    """WORDS different words, the most frequent first; rarer ones are longer."""
    words = dict.fromkeys(_FREQUENT.split())
    syllables = _SYLLABLES.split()
    while len(words) < WORDS:
        length = 2 if len(words) < 2_000 else 3 if len(words) < 20_000 else 4
        words["".join(random.choices(syllables, k=length)) + random.choice(_ENDINGS)] = None
    return list(words)


def sentences(words: list[str], random: Random) -> list[str]:
    """Sentences in which the word of rank r is found with a probability of 1 / r."""
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    drawn = random.choices(words, cum_weights=weights, k=SENTENCES * WORDS_PER_SENTENCE)
    each = range(0, len(drawn), WORDS_PER_SENTENCE)
    return [" ".join(drawn[start : start + WORDS_PER_SENTENCE]).capitalize() + ". " for start in each]


class Writer:
    """Writes messages. Each has a word of its own, as names, numbers and typing errors are."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self.words = vocabulary(Random(1))
        self.sentences = sentences(self.words, Random(2))

    def prompt(self) -> str:
        """What a user writes: a sentence or two, sometimes a page."""
        return self._text(0.4, 0.8)

    def answer(self) -> str:
        """What a model writes: a hundred words, sometimes a thousand."""
        return self._text(1.9, 0.7)

    def _text(self, mean: float, deviation: float) -> str:
        random = self._random
        count = max(1, min(100, round(exp(random.gauss(mean, deviation)))))
        rare = f"{random.choice(self.words)} {random.getrandbits(30):x}"
        return "".join(random.choices(self.sentences, k=count)) + rare

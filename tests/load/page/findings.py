"""What a part of the bench has found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Findings:
    """Each aim, in words with its figure, and whether it is reached."""

    aims: dict[str, bool]

    def missed(self) -> list[str]:
        """The aims that are not reached."""
        return [words for words, reached in self.aims.items() if not reached]

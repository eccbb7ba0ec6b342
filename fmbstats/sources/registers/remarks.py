"""What a reader did with a register's values, and what it doubts of them, told once at the end."""

from __future__ import annotations

from collections import Counter
from threading import Lock


class Remarks:
    """Counts over all blocks of a register; several threads may count at once."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = Lock()

    def count(self, sentence: str, n: int = 1) -> None:
        """Add to the count of a sentence, in which `{n}` stands for it."""
        if n:
            with self._lock:
                self._counts[sentence] += n

    def clear(self) -> None:
        """Forget everything, before a register is read once more."""
        with self._lock:
            self._counts.clear()

    def sentences(self) -> list[str]:
        """Return what there is to say, most often met first."""
        return [text.format(n=f"{n:,}") for text, n in self._counts.most_common()]

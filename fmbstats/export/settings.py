"""What an export is made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fmbstats import words
from fmbstats.errors import UserError
from fmbstats.results.about import Release
from fmbstats.settings import SETTINGS
from fmbstats.words import LANGUAGES, phrase

if TYPE_CHECKING:
    from fmbstats.rounds import Round

MIN_WIDTH_CM, MAX_WIDTH_CM = 6.0, 40.0


@dataclass(frozen=True)
class ExportSettings:
    """What an export is made with.

    Raises UserError: the width is out of range, or the round's texts are in one language only.
    """

    year: int  #: Start year of the spells.
    #: Of figures, workbook and PDF; captions come in both; "sv" or "en".
    language: str = words.DEFAULT_LANGUAGE
    month_days: int = SETTINGS.month_days
    width_cm: float = 16.0  #: Width of the figures, 6-40 cm.
    has_pdf: bool = False  #: Whether the PDF is made.
    #: Smallest count shown; None for exact numbers that must not leave the house.
    threshold: int | None = SETTINGS.threshold
    round: Round | None = None  #: The evaluation round that is exported; None for a year.
    by: str = ""  #: Strata of the register's own that the diagnoses are told by, too, by commas.

    def __post_init__(self) -> None:
        words.checked_language(self.language)
        if self.round is not None:
            for language in LANGUAGES:  # captions come in all of them
                self.round.check_language(language)
        if not MIN_WIDTH_CM <= self.width_cm <= MAX_WIDTH_CM:
            raise UserError(
                f"The width of the figures is {self.width_cm:g} cm; give one from "
                f"{MIN_WIDTH_CM:g} to {MAX_WIDTH_CM:g} cm with --width-cm."
            )

    @property
    def name(self) -> str:
        """What workbook and PDF are called after: the round, or the year."""
        return self.round.name if self.round is not None else str(self.year)

    @property
    def title(self) -> str:
        """Heading of the export."""
        if self.round is None:
            return phrase("export.title", self.language, year=self.year)
        title = words.visible(self.round.title_in(self.language))
        return phrase("export.title.round", self.language, title=title)

    @property
    def release(self) -> Release:
        """The rules for publication, or none."""
        return Release(self.threshold)

"""What we ourselves wrote of a source in data_raw, in the reader's language.

A title or a definition that was printed stays as it was printed. Where nothing was (break points
that stand in a model's file), the words beside the numbers are ours, and are said like all others.
"""

from __future__ import annotations

from fmbstats.words.catalogue import phrase
from fmbstats.words.plain import visible

# One phrase for each version: the gate knows the digits of phrases, and of nothing else.
_OURS = {
    **{
        f"KI's SRS models, version {version}": f"published.printed.srs_{version.replace('.', '_')}"
        for version in ("0.1", "2.1", "2.2")
    },
    "break points of the model": "published.printed.srs_page",
    "spells longer than 14 days: break points of the model are quantiles of the ended spells; "
    "years, follow-up and spells not ended are not stated": "published.printed.srs_definition",
}


def of_ours(text: str, language: str) -> str | None:
    """Return words of ours in a language; None for what was printed.

    Examples
    --------
    >>> of_ours("KI's SRS models, version 2.1", "sv")
    'KI:s SRS-modeller, version 2.1'
    >>> of_ours("BMC Musculoskelet Disord 15:176", "sv")
    """
    return phrase(_OURS[text], language) if text in _OURS else None


def printed(text: str, language: str) -> str:
    """Return a text of a source: ours in the language, another as it was printed."""
    return of_ours(text, language) or visible(text)

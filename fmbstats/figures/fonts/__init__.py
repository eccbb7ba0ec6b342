"""Inter, the one family of pages, figures and documents: two weights, and how wide letters are.

Inter is taken because its licence (SIL OFL 1.1, beside the files) lets a subset be shipped under
the same name: no name is reserved. Source Sans and Lato reserve theirs. The two files were cut
from the npm package inter-ui 4.1.1 with fonttools' pyftsubset: Latin letters, ASCII, the signs that
the pages use, kerning and tabular figures; every page carries them. Pages embed them as woff2; the
same letters as TrueType are for what sets documents.
"""

from __future__ import annotations

import base64
import functools
import json
from pathlib import Path

_FOLDER = Path(__file__).parent
WEIGHTS = (400, 600)
#: Width of a letter that the subset lacks, in thousandths of the size: about that of an "o".
_UNKNOWN = 600


@functools.cache
def font_faces() -> str:
    """Return the CSS that embeds both weights."""
    faces = []
    for weight in WEIGHTS:
        data = (_FOLDER / f"inter-{weight}.woff2").read_bytes()
        encoded = base64.b64encode(data).decode("ascii")
        faces.append(
            f"@font-face{{font-family:Inter;font-weight:{weight};"
            f"src:url(data:font/woff2;base64,{encoded}) format('woff2')}}"
        )
    return "".join(faces)


def folders() -> list[str]:
    """Return the folders of fonts for documents: Inter, and what has the letters it lacks."""
    import matplotlib

    return [str(_FOLDER), str(Path(matplotlib.get_data_path()) / "fonts" / "ttf")]


@functools.cache
def _advances() -> dict[int, dict[str, int]]:
    by_width = json.loads((_FOLDER / "widths.json").read_text(encoding="utf-8"))
    return {
        int(weight): {sign: int(width) for width, signs in widths.items() for sign in signs}
        for weight, widths in by_width.items()
    }


def text_width(text: str, size: float, weight: int = 400) -> float:
    """Return how wide a line of text is.

    `size`: in pixels. `weight`: {400, 600}.

    In pixels, without kerning, which takes away at most a few per cent.

    >>> round(text_width("180 dagar", 13), 1), text_width("", 13)
    (60.6, 0.0)
    """
    known = _advances()[weight]
    return sum(known.get(sign, _UNKNOWN) for sign in text) * size / 1000


def has_letters(text: str) -> bool:
    """Whether the family has every letter of a text."""
    return set(text) <= _advances()[400].keys()


def shortened(text: str, room: float, size: float, weight: int = 400) -> str:
    """Cut a text at a word so that it fits, with an ellipsis.

    `room`, `size`: in pixels. `weight`: {400, 600}.

    >>> shortened("Sårskada på hand", 90, 13), shortened("Gikt", 90, 13)
    ('Sårskada …', 'Gikt')
    """
    if text_width(text, size, weight) <= room:
        return text
    words = text.split(" ")
    while len(words) > 1:
        words.pop()
        cut = " ".join(words).rstrip(",") + " …"
        if text_width(cut, size, weight) <= room:
            return cut
    while text and text_width(text + "…", size, weight) > room:
        text = text[:-1]
    return text + "…"


def wrapped(text: str, room: float, size: float) -> list[str]:
    """Part a text into lines that fit.

    `room`, `size`: in pixels.

    >>> wrapped("gräns vid måttlig till uttalad", 110, 13)
    ['gräns vid måttlig', 'till uttalad']
    """
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, size) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines

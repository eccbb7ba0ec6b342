"""A figure of a page: title, what is measured, the picture, source, downloads; or a file."""

from __future__ import annotations

import csv
import functools
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from fmbstats import words
from fmbstats.figures.charts import recipe
from fmbstats.figures.charts.dots import Dot
from fmbstats.figures.charts.frame import FULL, NARROW
from fmbstats.figures.charts.recipe import pictures
from fmbstats.figures.style import picture_style
from fmbstats.figures.svg import NOTHING, Chart, Drawing, Say
from fmbstats.media import in_cell
from fmbstats.pages.render import (
    WIDE,
    WORDS,
    PageOfParts,
    Speaking,
    bare_text,
    is_wanted,
    render,
    without_unit,
)
from fmbstats.told import Told, tell

_TEXT = re.compile(r"<text([^>]*)>([^<]*)</text>")
_ROW = re.compile(r'data-row="([^"]+)"')
#: Columns of a figure's data; left out is what is the same in all its rows.
_COLUMNS = (
    "row", "by", "stratum", "label", "metric", "estimate", "lo", "hi", "day", "limit_days",
    "n_spells", "data_vintage", "flags",
)  # fmt: skip
_NAMES = ("stratum", "label", "data_vintage")


@dataclass(frozen=True)
class Figure:
    """A figure of a page."""

    key: str  #: Its anchor is ``fig-<key>``.
    title: Any  #: What is seen, in at most ten words.
    #: `subtitle`, `source`: measure, unit, population; where it comes from.
    subtitle: Any
    source: Any
    chart: Chart
    alt: Say | str  #: What is to be seen, for those who do not see it.
    tone: str = "real"  #: {"real", "syn"}.
    width: float = FULL  #: Of the wide picture, in pixels.
    #: Ids of rows that belong to the data, but have no text of their own in the picture.
    extra: Sequence[str] = ()
    level: int = 3

    def html(
        self,
        language: str,
        rows: Sequence[Mapping[str, str]],
        note: str = "",
        swedish: Sequence[str] = (),
    ) -> Markup:
        """Return the figure element.

        `rows`: rows told so far; those of this figure become its data. `note`: first line of the
        data, when they are invented. `swedish`: FMB's own words, which are Swedish in every
        language; lines of the picture that hold nothing else say so.
        """
        drawn = "".join(self._pictures())
        if language == "sv":
            drawn = drawn.replace(' lang="sv"', "")
        elif swedish:
            drawn = _marked(drawn, swedish)
        ids = {name for found in _ROW.findall(drawn) for name in found.split()}
        data = csv_data(rows, ids | set(self.extra), note if self.tone == "syn" else "")
        return render("figure.html", language, figure=self, drawn=Markup(drawn), data=data)

    def _pictures(self) -> list[str]:
        """Draw it at as many widths as are wanted; of words alone, its alternative text is left."""
        if is_wanted(WORDS):
            return [Drawing(self.width, 0, is_wide=True).markup(self.alt, self.tone)]
        widths = (self.width,) if is_wanted(WIDE) else (self.width, NARROW)
        return pictures(self.chart, widths, self.alt, self.tone)


class RegisterPage(PageOfParts):
    """A page of a register's numbers: whose they are, where its parts stand, its figures."""

    @property
    def swedish(self) -> Sequence[str]:
        """FMB's own words, which no page translates."""
        return ()

    @property
    def register(self) -> SimpleNamespace:
        """The settings of the store."""
        raise NotImplementedError

    @property
    def is_synthetic(self) -> bool:
        """Whether no real person is in the register."""
        return bool(self.register.is_synthetic)

    @property
    def tone(self) -> str:
        """Whose colours the register's figures have."""
        return "syn" if self.is_synthetic else "real"

    @property
    def place(self) -> str:
        """Where the register's parts stand: example data have a field of their own."""
        return "example" if self.is_synthetic else "real"

    @property
    def source(self) -> Markup:
        """Where the register's numbers come from."""
        if self.is_synthetic:
            return self.say("source.example")
        return self.say("source.register", name=self.register.register_name)

    @property
    def register_line(self) -> tuple[Markup, Markup]:
        """The line that says whose the numbers are, and to which day."""
        date = words.date(self.register.cutoff_date, self.language)
        name = words.visible(self.register.register_name)
        shown = self.say("about.example") if self.is_synthetic else name
        return self.say("about.register"), self.say("about.register.text", name=shown, date=date)

    def figure(self, figure: Figure) -> Markup:
        """Return a figure's element with its data."""
        note = words.phrase("field.sentence", self.language)
        return figure.html(self.language, self.telling.rows, note, self.swedish)

    def drawn(self, key: str, chart: Chart, alt: Say, width: float, **more: Any) -> Figure:
        """Return a figure of the register; its phrases begin with its key but where others come."""
        named = {k: self.say(f"{key}.{k}") for k in ("title", "subtitle") if k not in more}
        more = {"source": self.source, "tone": self.tone} | named | more
        return Figure(key=key, chart=chart, alt=alt, width=width, **more)


def _marked(picture: str, swedish: Sequence[str]) -> str:
    """Say of each line of a picture that stands in one of the Swedish texts that it is Swedish.

    >>> _marked('<text x="1">måttlig till</text><text>365</text>', ["Måttlig till uttalad"])
    '<text x="1" lang="sv">måttlig till</text><text>365</text>'
    """
    known = [text.lower() for text in swedish]

    def mark(found: re.Match[str]) -> str:
        said = unescape(found[2]).removesuffix(" …").lower()
        is_swedish = any(c.isalpha() for c in said) and any(said in text for text in known)
        lang = ' lang="sv"' if is_swedish else ""
        return f"<text{found[1]}{lang}>{found[2]}</text>"

    return _TEXT.sub(mark, picture)


def csv_data(rows: Sequence[Mapping[str, str]], ids: set[str], note: str) -> str:
    """Return the chosen rows as the address of a small CSV file within the page."""
    chosen = [row for row in rows if row["row"] in ids]
    if not chosen:
        return ""
    heads = [name for name in _COLUMNS if any(name in row for row in chosen)]
    buffer = io.StringIO()
    if note:
        buffer.write(f"# {note}\n")
    writer = csv.DictWriter(buffer, heads, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    # Names may be anybody's: no cell may run as a formula.
    writer.writerows({**row, **{k: in_cell(row[k]) for k in _NAMES if k in row}} for row in chosen)
    return "data:text/csv;charset=utf-8," + quote(buffer.getvalue(), safe=",:;=()/.-_~+")


def dot_of(page: Speaking, share: Told, n: Told, name: str, **more: Any) -> Dot:
    """Return a told share as a dot with its interval."""
    language = page.language
    if not share.is_known:
        said = page.shown(share)  # its row stands before that of the number
        return Dot(name, page.shown(n), None, None, None, said, **more)
    has_ends = not math.isnan(share.lo) and not math.isnan(share.hi)
    bare = without_unit(share.text(language))
    ends = without_unit(bare_text(share.range(language))) if has_ends else ""
    return Dot(
        name,
        page.shown(n),
        share.estimate,
        share.lo if has_ends else None,
        share.hi if has_ends else None,
        Say(bare, tell(share)),
        Say(ends, tell(share)) if ends else NOTHING,
        **more,
    )


_TEMPLATES = Path(__file__).with_name("templates")
_DEFS = re.compile(r"<svg [^>]*>(<defs>.*?</defs>)</svg>", re.DOTALL)
_HEAD = re.compile(r"<svg ([^>]*)>")
_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
# What only a page is in need of: what can be reached by keyboard, and which row a number has.
_OF_PAGES = re.compile(r' (?:tabindex|data-row|data-as|role)="[^"]*"')
_TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)


@functools.cache
def patterns() -> tuple[str, str]:
    """Return the picture in which a page holds its patterns, and the patterns alone."""
    found = _DEFS.search((_TEMPLATES / "frame.html").read_text(encoding="utf-8"))
    return (found[0], found[1]) if found else ("", "")


def standalone(svg: str, *, width_cm: float, title: str, alt: str, language: str) -> str:
    """Return a picture of a page as a file.

    `svg`: as `svg.Drawing.markup` writes it. `width_cm`: width on paper; the height follows.
    `title`, `alt`: its name, and what is to be seen.

    Returns SVG whose text is text; the same picture gives the same bytes.
    """
    head = _HEAD.match(svg)
    box = _BOX.search(svg)
    if head is None or box is None:
        raise ValueError("no picture of a page")
    tone = "syn" if " syn" in head[1].partition('role="')[0] else "real"
    width, height = float(box[1]), float(box[2])
    ground = '<rect width="100%" height="100%" fill="{}"/>'.format(
        "#faf6ec" if tone == "syn" else "#fff"
    )
    body = _TITLE.sub("", _OF_PAGES.sub("", svg[head.end() :]))
    found = recipe.WRITTEN.search(head[1])
    drawn = found[0] if found else ""
    said = f'<title id="title">{_said(title)}</title><desc id="description">{_said(alt)}</desc>'
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{tone}" width="{width_cm:g}cm" '
        f'height="{width_cm * height / width:.4f}cm" viewBox="{box[0][9:-1]}" role="img" '
        f'xml:lang="{language}" aria-labelledby="title description"{drawn}>{said}'
        f"<style>{escape(picture_style(tone), quote=False)}</style>{patterns()[1]}{ground}{body}\n"
    )


def _said(text: str) -> str:
    return escape(words.visible(text, 5000), quote=False)

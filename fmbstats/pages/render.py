"""Templates of the pages, prepared once; words and told numbers put into them as markup."""

from __future__ import annotations

import csv
import functools
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from markupsafe import Markup, escape

from fmbstats import words
from fmbstats.figures import style
from fmbstats.figures.fonts import font_faces
from fmbstats.figures.svg import Say
from fmbstats.release.rule import Rule
from fmbstats.told import COLUMNS, Telling, Told, sentence, tell
from fmbstats.words import phrase

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).with_name("templates")
#: What a part of a page tells the batch beside its markup.
PART_MIME = "application/vnd.fmbstats.part+json"
VALUES_MIME = "application/vnd.fmbstats.values+json"
#: An executed notebook keeps its lines but not their indentation, every ninth byte of it.
NOTEBOOK_INDENT = 0


@functools.cache
def environment() -> Environment:
    """Return the one template engine: everything is escaped that is not markup of our own."""
    # Finding that nothing is stale renders nothing.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    found = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.globals["phrase"] = phrase
    return found


def render(template: str, language: str, **values: Any) -> Markup:
    """Fill a template of this package.

    `template`: its file name. `**values`: what the template names; markup of our own is taken as it
    is, all else is escaped.
    """

    def say(key: str, **filled: Any) -> Markup:
        return sentence(key, language, **filled)

    page = environment().get_template(template)
    return Markup(page.render(language=language, say=say, **values))


@functools.cache
def style_sheet(*, searches: bool = False) -> str:
    """Return the one style sheet of a page, fonts within; `searches` as of `script`."""
    colours, pictures = style.parts()
    css = _text("page.css") + _text("index.css") * searches
    css = css.replace("/* colours */\n", colours).replace("/* pictures */\n", pictures)
    return font_faces() + squeezed(css)


@functools.cache
def script(*, searches: bool = False) -> str:
    """Return the one script of a page: saving a picture, copying.

    `searches`: of the page that has the entries, with their search.
    """
    return _text("page.js") + _text("search.js") * searches


def _text(template: str) -> str:
    return (_TEMPLATES / template).read_text(encoding="utf-8")


def squeezed(css: str) -> str:
    r"""Take line ends and comments out of a style sheet.

    >>> squeezed("/* a */\na{b:c}\n")
    'a{b:c}'
    """
    lines = (line for line in css.splitlines() if not line.startswith("/*"))
    return "".join(lines)


#: What is made of a page's figures and tables, besides all of it: the wide pictures alone; titles,
#: captions and alternative texts alone, so that pictures are empty and tables have one row.
WIDE, WORDS = "wide", "words"
_WANTED: ContextVar[str] = ContextVar("what is wanted of figures and tables", default="")


@contextmanager
def wanted(what: str) -> Iterator[None]:
    """While it is open, figures and tables are made as far as an export needs them.

    `what`: {WIDE, WORDS}. Drawing is the dearest part of a page.
    """
    token = _WANTED.set(what)
    try:
        yield
    finally:
        _WANTED.reset(token)


def is_wanted(what: str) -> bool:
    """Say whether that, and no more, is wanted of figures and tables."""
    return _WANTED.get() == what


@dataclass(frozen=True)
class Head:
    """Head of a column."""

    text: Any
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    """A table whose cells are texts or told numbers; the first of a row is its head."""

    heads: Sequence[Head]
    rows: Sequence[Sequence[Any]]  #: Cells: text, markup, or a `Told`.
    caption: Any = ""  #: Empty when the heading above it says the same.
    label: str = ""  #: Name of the table for a screen reader when it has no caption.
    names_lang: str = ""  #: Language of the row heads, when it is another than the page's.
    is_long: bool = False  #: It may break between pages of paper.

    def html(self, language: str) -> Markup:
        """Return the table element."""
        made = self.rows[:1] if is_wanted(WORDS) else self.rows
        rows = [[shown(cell, language) for cell in row] for row in made]
        return render("table.html", language, table=self, rows=rows)


def shown(cell: Any, language: str) -> Markup:
    """Return a cell as markup: told numbers with their rows, words escaped."""
    if isinstance(cell, Told):
        return cell.html(language)
    if callable(getattr(cell, "text", None)):
        return escape(cell.text(language))
    return escape(cell)


def per_hundred(share: float, direction: str) -> int:
    """Round a share outwards to whole numbers in a hundred.

    `share`: in [0, 1]. `direction`: {"up", "down", "near"}.

    >>> per_hundred(0.424, "up"), per_hundred(0.336, "down"), per_hundred(0.29, "down")
    (43, 33, 29)
    """
    exact = round(share * 100, 6)
    if direction == "near":
        return round(exact)
    return math.ceil(exact) if direction == "up" else math.floor(exact)


def told_as(told: Told, column: str, text: str, form: str) -> Markup:
    """Return a told number in other words than its digits, e.g. "tre av tio".

    `column`: {"estimate", "lo", "hi"}. `text`: what is read. `form`: one of `grammar.FORMS`.
    """
    value = told.cells.get(column, "")
    of = "" if column == "estimate" else Markup(' data-of="{}"').format(column)
    return Markup('<data value="{}" data-row="{}"{} data-as="{}">{}</data>').format(
        value, tell(told), of, form, text
    )


def in_hundred(told: Told, column: str, direction: str, language: str) -> Markup:
    """Tell a share as a whole number in a hundred, rounded outwards."""
    value = getattr(told, column)
    text = words.number(per_hundred(value, direction), 0, language)
    return told_as(told, column, text, direction)


def bare_text(markup: Markup) -> str:
    r"""Return markup's text as it is read; `striptags` would turn no-break spaces into plain ones.

    >>> bare_text(Markup('<data value="1">a\u00a0&amp;</data>'))
    'a\xa0&'
    """
    return unescape(_TAG.sub("", markup))


def without_unit(text: str) -> str:
    """Take the sign of per cent away where a head or an axis has it.

    >>> without_unit("30,0\u00a0%")
    '30,0'
    """
    return text.replace("\u00a0%", "").replace("%", "")


_TAG = re.compile(r"<[^>]*>")
_CLOSE = 0.012


def in_words(share: float, language: str) -> str:
    """Say a share as tenths, thirds or halves when it is near one; else an empty text.

    >>> in_words(0.307, "sv"), in_words(0.25, "en"), in_words(0.36, "sv")
    ('tre av tio', 'one in four', '')
    """
    for n, of in ((1, 4), (3, 4), (1, 3), (2, 3), *((k, 10) for k in range(1, 10)), (1, 5)):
        if abs(share - n / of) <= _CLOSE:
            return phrase(f"number.in.{of}", language, n=phrase(f"number.word.{n}", language))
    return ""


def csv_lines(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Return rows as lines of CSV, heads first, columns in the table's order."""
    heads = [name for name in COLUMNS if any(name in row for row in rows)]
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, heads, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().splitlines()


class Speaking:
    """What speaks the language of a page."""

    language: str

    def say(self, key: str, **values: Any) -> Markup:
        """Return a phrase as markup, told numbers with their rows."""
        return sentence(key, self.language, **values)

    def plain(self, key: str, **values: Any) -> str:
        """Return a phrase as plain text; told numbers by their text."""
        texts = {k: v.text(self.language) if isinstance(v, Told) else v for k, v in values.items()}
        return phrase(key, self.language, **texts)

    def shown(self, told: Told) -> Say:
        """Return a told number as it stands in a picture."""
        return Say(told.text(self.language), tell(told))

    def bounds(self, told: Told) -> dict[str, Markup]:
        """Tell the ends of a range as whole numbers in a hundred, rounded outwards."""
        ends = (("low", "lo", "down"), ("high", "hi", "up"))
        return {name: in_hundred(told, end, turn, self.language) for name, end, turn in ends}

    def heads(self, prefix: str, names: Sequence[str], numbers: Sequence[str] = ()) -> list[Head]:
        """Return heads of columns, phrases under `prefix`; `numbers` are those of numbers."""
        return [Head(self.say(f"{prefix}.{name}"), name in numbers) for name in names]

    def table(self, heads: Sequence[Head], rows: Sequence[Sequence[Any]], **more: Any) -> Markup:
        """Return a table's element; `more` as of `Table`."""
        return Table(heads, rows, **more).html(self.language)

    def listed(
        self, key: str, told: Sequence[Told], said: Iterable[str] = (), name: str = "shares"
    ) -> Say:
        """Return a list of told numbers, in words of its own where it has any, as one text."""
        texts = list(said) or [f"{one.stratum}: {one.text(self.language)}" for one in told]
        return Say(self.plain(key, **{name: "; ".join(texts)}), " ".join(map(tell, told)))

    def section(
        self, key: str, title: str, blocks: Sequence[Markup], *, place: str = "real",
        contents: str = "", is_folded: bool = False, **values: Any,
    ) -> Part:  # fmt: skip
        """Return a part under a heading, a phrase; the contents list may have another."""
        html = render(
            "section.html", self.language, id=key, title=self.say(title, **values), blocks=blocks,
            is_folded=is_folded,
        )  # fmt: skip
        return Part(key, place, html, [(key, self.plain(contents or title))])

    def pair(self, key: str, place: str, contents: str, figures: Sequence[Markup]) -> Part:
        """Return a part of figures side by side; empty without any."""
        if not figures:
            return Part(key, place, Markup(""))
        html = render("pair.html", self.language, id=key, figures=figures)
        return Part(key, place, html, [(key, self.plain(contents))])


def paragraph(said: Markup) -> Markup:
    """Return a sentence, or several, as a paragraph."""
    return Markup('<p class="text">{}</p>').format(said)


class PageOfParts(Speaking):
    """A page that is made part by part; `makers` names the parts in their order."""

    makers: ClassVar[Mapping[str, Callable[[Any], Part]]]

    @property
    def telling(self) -> Telling:
        """Gathers the rows that the page tells."""
        raise NotImplementedError

    def part(self, key: str) -> Part:
        """Return one part of the page, with the rows that it tells."""
        before = len(self.telling.rows)
        with self.telling:
            found = self.makers[key](self)
        return Part(key, found.place, found.html, found.contents, self.telling.rows[before:])

    def parts(self) -> list[Part]:
        """Return all parts in the order of the page."""
        return [self.part(key) for key in self.makers]


@dataclass(frozen=True)
class Part:
    """One part of a page: its markup, where it stands, what the contents list says of it."""

    key: str  #: Names the part, and its anchor.
    place: str  #: {"answer", "card", "real", "example", "below"}.
    html: Markup = field(repr=False)
    contents: Sequence[tuple[str, str]] = field(default=(), repr=False)  #: Anchors and titles.
    #: The rows of adherence.csv that it has told.
    rows: Sequence[Mapping[str, str]] = field(default=(), repr=False)

    def _repr_html_(self) -> str:
        return str(self.html)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Return where the part stands, and its rows as lines of CSV, heads first."""
        about = {"key": self.key, "place": self.place, "contents": [list(c) for c in self.contents]}
        bundle: dict[str, Any] = {PART_MIME: about}
        if self.rows:
            bundle[VALUES_MIME] = csv_lines(self.rows)
        return bundle


def protected_rows(report: Any, threshold: int | None) -> list[tuple[Markup, Markup]]:
    """Return the line that explains protected numbers; none for exact results."""
    if threshold is None:
        return []
    # The rule counts in blocks of at least six, so a group of five is not told either.
    n = Told("smallest_group", Rule(threshold).base, part="provenance")
    return [(report.say("about.protected"), report.say("about.protected.text", n=n))]

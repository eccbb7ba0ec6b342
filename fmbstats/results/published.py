"""What real, published counts say of a diagnosis: sharp bounds of the share over its limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from fmbstats import codes, published, tables, words
from fmbstats.frames import by_column, framed, pd
from fmbstats.results.about import About
from fmbstats.results.common import headed
from fmbstats.settings import SETTINGS
from fmbstats.sources.published.literature import printed_value
from fmbstats.sources.published.published_tables import FK
from fmbstats.words import Absent, has_phrase, phrase
from fmbstats.words.catalogue import printed

FK_CHECK_DAYS = (29, 89, 179, 364)
READ_DAYS = (30, 60, 90, 180, 365)


@dataclass(frozen=True)
class PublishedRow:
    """Bounds at one limit of one code from one source."""

    found: published.PublishedBounds
    #: {"shortest", "between", "longest"}: which of the code's limits it is; "longest" also when
    #: there is one only.
    end: str
    month_days: int | None  #: The month convention that gives this limit; None when both do.
    is_broader: bool  #: The counts are of a broader code than the diagnosis' own.
    #: Number of the limit among the code's, shortest first: both conventions share it.
    wording: int = 0
    #: The limit is one of the diagnosis' year, the counts are of another: their own year's limits
    #: come first.
    is_other_year: bool = False

    @property
    def group(self) -> tuple:
        """What the rows of both month conventions have in common."""
        return (*reading_order(self)[:-1], self.wording)


@dataclass(frozen=True, eq=False)
class PublishedResult:
    """Real counts with sharp bounds, FK's newest year first."""

    about: About = field(repr=False)
    rows: tuple[PublishedRow, ...]  #: Empty when nothing is published for the diagnosis' codes.
    folder: Path = field(repr=False)  #: The data_raw that holds the published statistics.

    @property
    def frame(self) -> pd.DataFrame:
        """One row per source, code and limit; shares in 0-1."""
        return pd.DataFrame(
            [
                {
                    "source": row.found.source,
                    "year": row.found.year,
                    "code": row.found.code,
                    "is_broader": row.is_broader,
                    "end": row.end,
                    "month_days": row.month_days,
                    "limit_days": row.found.limit_days,
                    "n_spells": row.found.n_spells,
                    "share_over_lo": row.found.lo,
                    "share_over_hi": row.found.hi,
                    "lo": row.found.bounds.lo_ci,
                    "hi": row.found.bounds.hi_ci,
                    "reason_for_width": row.found.bounds.reason_for_width,
                    "flags": " ".join(row.found.flags),
                }
                for row in self.rows
            ]
        )

    def text(self, language: str = "") -> str:
        """Return the newest answer at the longest limit, per code, as sentences."""
        if not self.rows:
            return Absent.NO_PUBLISHED.sentence(language)
        stock = self._stock_sentences(language)
        flows = [r for r in self.rows if not r.found.is_stock]
        if not flows:
            return " ".join(stock)
        own = [r for r in flows if not r.is_broader] or flows
        own = [r for r in own if r.end == "longest" and self._is_main(r)]
        said = []
        for code in list(dict.fromkeys(row.found.code for row in own))[:3]:
            rows = [row for row in own if row.found.code == code]
            # A band that ends on the very day says exactly; else the narrowest bounds say most.
            exact = next((r for r in rows if _is_at_edge(r)), None)
            if exact is not None:
                share = words.percent(exact.found.edge_share, 1, language)
                about = _about(exact.found, language)
                said.append(phrase("published.exact", language, share=share, **about))
            said.append(self._sentence(min(rows, key=_clearest), language))
        return " ".join([*said, *stock]) or Absent.NO_LIMIT.sentence(language)

    def _stock_sentences(self, language: str) -> list[str]:
        """Say the newest share of a stock per source and code, at the longest limit."""
        own = [
            row
            for row in self.rows
            if row.found.is_stock and row.end == "longest" and self._is_main(row)
        ]
        newest = {(r.found.source, r.found.code, r.found.counted): r for r in reversed(own)}
        return [self._sentence(row, language) for row in reversed(newest.values())][:3]

    def _is_main(self, row: PublishedRow) -> bool:
        """Whether a row's limit is that of the report's own month convention."""
        return row.month_days in (None, self.about.month_days)

    def _sentence(self, row: PublishedRow, language: str) -> str:
        found, values = row.found, _about(row.found, language)
        if not found.is_estimable:
            return phrase("published.unseen", language, **values)
        values["share"] = _bounds(found, language)
        if found.kind == published.FACTS:
            values["definition"] = _basis(found, language)
            return phrase("published.sentence.fact", language, **values)
        if found.counted != published.STARTED or found.n_most != found.n_spells:
            kind = "stock" if found.is_stock else "counted"
            counted = phrase(f"published.counted.{found.counted}", language)
            values |= {"n": _count(found, language), "counted": counted}
            return phrase(f"published.sentence.{kind}", language, **values)
        return phrase("published.sentence", language, **values)

    @framed
    def display(self, language: str) -> dict[str, list]:
        """Return the bounds as the report shows them: one row per source, code and limit."""
        return self._table(language, is_stock=False)

    @framed
    def stock(self, language: str) -> dict[str, list]:
        """Return the same of ongoing spells and persons: no shares of started spells."""
        started, ongoing = (phrase(f"column.{k}", language) for k in ("exceedance", "share_stock"))
        shown = self._table(language, is_stock=True)
        return {ongoing if head == started else head: cells for head, cells in shown.items()}

    def _table(self, language: str, is_stock: bool) -> dict[str, list]:
        groups: dict[tuple, list[PublishedRow]] = {}
        for row in self.rows:
            if row.found.is_estimable and row.found.is_stock == is_stock:
                groups.setdefault(row.group, []).append(row)
        shown = by_column([self._shown(rows, language) for rows in groups.values()])
        started = phrase(f"published.counted.{published.STARTED}", language)
        # What all rows have in common is no column.
        for head, same in (
            (self._other_month(language), {Absent.NOT_APPLICABLE}),
            (phrase("column.counted", language), {started}),
            (phrase("column.definition", language), None),
        ):
            said = set(shown.get(head, ()))
            if len(said) == 1 and same in (None, said):
                del shown[head]
        return shown

    @framed
    def figures(self, language: str) -> dict[str, list]:
        """Return published figures without lengths as the report shows them."""
        return by_column([_figure_shown(f, language) for f in self.newest_figures()])

    @framed
    def facts(self, language: str) -> dict[str, list]:
        """Return the printed facts as the report shows them: value and definition as printed."""
        return by_column([_fact_shown(fact, language) for fact in self.printed_facts()])

    def printed_facts(self) -> list[published.PublishedFact]:
        """Return the printed facts of the diagnosis' codes and of ranges that hold them.

        Of a source that prints every fifth percentile, the median and the quartiles.
        """
        known: dict[tuple, list[published.PublishedFact]] = {}
        for code, _ in published.related_codes(self.about.codes, data_raw=self.folder):
            for fact in published.published_facts(code, data_raw=self.folder):
                known.setdefault(fact.row.population, []).append(fact)
        return [fact for part in known.values() for fact in _short(part)]

    def newest_figures(self) -> list[published.PublishedFigure]:
        """Return published figures without lengths: the newest of each measure, everywhere."""
        asked = dict.fromkeys(self.about.codes)
        found = [
            figure
            for code in asked
            for figure in published.published_figures(code, data_raw=self.folder)
            if not figure.row.area and not figure.row.age_group and figure.source != FK
        ]
        newest: dict[tuple, published.PublishedFigure] = {}
        for figure in sorted(dict.fromkeys(found), key=lambda f: f.row.period):
            newest[figure.source, figure.row.code, figure.row.measure, figure.row.sex] = figure
        return list(newest.values())

    def _other_month(self, language: str) -> str:
        return phrase(
            "published.other_month", language, days=SETTINGS.other_month(self.about.month_days)
        )

    def _shown(self, rows: list[PublishedRow], language: str) -> dict[str, Any]:
        row = next((r for r in rows if self._is_main(r)), rows[0])
        others = [r for r in rows if r is not row]
        found = row.found
        other: Any = Absent.NOT_APPLICABLE
        if others:
            limit = words.days(others[0].found.limit_days, language)
            share = _bounds(others[0].found, language)
            other = phrase("published.at_other", language, limit=limit, share=share)
        shown = headed(
            language,
            source=_source_name(found, language),
            code=self._code_text(found.code, language),
            counted=phrase(f"published.counted.{found.counted}", language),
            n_spells=_count(found, language),
            limit=words.count(found.limit_days, language),
            exceedance=_bounds(found, language),
            reached=_reached(found, language),
            ci=_interval_of(found, language),
        )
        reasons = headed(language, why=_why(found, language), definition=_basis(found, language))
        return shown | {self._other_month(language): other} | reasons

    def _code_text(self, code: str, language: str) -> str:
        """Write a code; one that covers more than the diagnosis says so."""
        dotted = codes.shown(code)
        is_broader = any(row.is_broader for row in self.rows if row.found.code == code)
        return phrase("published.broader", language, code=dotted) if is_broader else dotted

    @framed
    def longer(self, language: str) -> dict[str, list]:
        """Return bounds of the shares longer than some readable days, from the quantiles."""
        rows = []
        for code in dict.fromkeys(
            r.found.code for r in self.rows if r.found.kind == published.QUANTILES
        ):
            read = partial(
                published.published_bounds, kinds=[published.QUANTILES], data_raw=self.folder
            )
            at = {day: found for day in READ_DAYS for found in read(code, day)}
            found = next(iter(at.values()))
            n = words.count(found.n_spells, language)
            shown = headed(language, code=self._code_text(code, language), n_spells=n)
            for day, f in at.items():
                shown[phrase("published.longer_than", language, day=day)] = _bounds(f, language)
            rows.append(shown)
        return by_column(rows)

    @framed
    def ended(self, language: str) -> dict[str, list]:
        """Return FK's shares ended by the band edges, per code and year."""
        asked = dict.fromkeys(row.found.code for row in self.rows)
        rows = []
        for code in asked:
            for steps in published.published_steps(code, data_raw=self.folder):
                if steps.source == FK:
                    n, name = words.count(steps.n_spells, language), self._code_text(code, language)
                    shown = headed(language, code=name, year=str(steps.year), n_spells=n)
                    at = dict(zip(steps.day.tolist(), steps.lo, strict=True))
                    for day in filter(at.__contains__, FK_CHECK_DAYS):
                        head = phrase("published.ended_by", language, day=day)
                        shown[head] = words.percent(1 - at[day], 1, language)
                    rows.append(shown)
        unsaid = Absent.NOT_IN_SOURCE
        return {k: [unsaid if v != v else v for v in cells] for k, cells in by_column(rows).items()}

    def table(self, language: str = "") -> str:
        """Return the display frame as an HTML table."""
        caption = phrase("table.published.caption", language)
        return tables.html_table(self.display(language), caption=caption, language=language)

    def _repr_html_(self) -> str:
        return self.table()


_MANY_FACTS = 8
_QUARTILES = (25, 50, 75)


def _short(facts: list[published.PublishedFact]) -> list[published.PublishedFact]:
    """Of many facts of one population, those that are no quantile, median and quartiles."""
    if len(facts) <= _MANY_FACTS:
        return facts
    return [f for f in facts if f.row.measure.percent in (0, *_QUARTILES)]


def _fact_shown(fact: published.PublishedFact, language: str) -> dict[str, Any]:
    row = fact.row
    sign, number, unit = printed_value(row.value)
    decimals = len(number.partition(".")[2])
    value = f"{sign} {words.number(float(number), decimals, language)}{unit and f' {unit}'}"
    group = [words.stratum("sex", row.sex, language)] if row.sex != "all" else []
    group += [printed(part, language) for part in (row.area, row.group) if part]
    return headed(
        language,
        source=cited(row, language),
        code=codes.shown(row.code),
        definition=printed(row.definition, language),
        fact_group=", ".join(group) or words.stratum("all", "all", language),
        measure_published=fact_kind(row, language),
        value=value.strip(),
        n_spells=Absent.NOT_IN_SOURCE if row.n is None else words.count(row.n, language),
    )


def cited(row: Any, language: str) -> str:
    """Name the source of a printed fact, with its years and the place in it."""
    return words.visible(", ".join(printed(part, language) for part in place_of(row)))


def place_of(row: Any) -> list[str]:
    """Return the source of a printed fact, its years and the place in it, as far as stated."""
    return [part for part in (row.source, row.period, row.page) if part]


def _quantile(percent: float, language: str) -> str:
    """Name a percentile as a quartile, quintile or decile where it is one: in words."""
    for parts in (4, 5, 10):
        if percent * parts % 100 == 0:
            place = phrase(f"number.ordinal.{int(percent * parts // 100)}", language)
            return phrase(f"published.fact.of.{parts}", language, place=place)
    return phrase("published.fact.percentile", language, percent=f"{percent:g}")


def fact_kind(row: Any, language: str) -> str:
    """Say what a printed fact measures."""
    measure = row.measure
    if measure.name == "share":
        first, last = measure.first_day, measure.last_day
        key = "published.fact.at_least" if last is None else "published.fact.between"
        return phrase(key, language, first=str(first), last=str(last))
    if measure.name == "quantile" and measure.percent != 50:
        return _quantile(measure.percent, language)
    return phrase(f"published.fact.{'mean' if measure.name == 'mean' else 'median'}", language)


def _figure_shown(figure: published.PublishedFigure, language: str) -> dict[str, Any]:
    row = figure.row
    hidden = phrase("published.hidden", language)
    is_whole = row.value is not None and row.value == int(row.value)
    value = hidden if row.is_suppressed else words.number(row.value, 0 if is_whole else 1, language)
    label = words.visible(figure.label)
    source = phrase("published.named", language, label=label, period=row.period)
    measure, by = words.visible(row.measure), "all" if row.sex == "all" else "sex"
    about = headed(language, source=words.visible(source), code=row.code, measure_published=measure)
    sex = {words.stratum_title("sex", language): words.stratum(by, row.sex, language)}
    return about | sex | headed(language, value=value)


def reading_order(row: PublishedRow) -> tuple:
    """Return a row's place on the page: own codes first, FK's newest year first."""
    found = row.found
    return (
        row.is_broader,
        found.code,
        found.source != FK,
        -(found.year or 0),
        found.source,
        found.counted,
        found.period,
        found.area,
        found.sex,
        found.label,
        found.definition,
        found.group,
        row.is_other_year,
        found.limit_days,
    )


def _clearest(row: PublishedRow) -> tuple[bool, float]:
    """Started spells first, as the limits are of them; then the narrowest bounds."""
    found = row.found
    return found.counted != published.STARTED, found.hi - found.lo if found.is_estimable else 2.0


def _is_at_edge(row: PublishedRow) -> bool:
    return row.found.is_estimable and row.found.edge_day == row.found.limit_days - 1


def _bounds(found: published.PublishedBounds, language: str) -> str:
    return words.interval(found.lo, found.hi, "percent", 1, language)


def _label(found: Any, language: str) -> str:
    key = f"published.source.{found.source}"
    is_ours = has_phrase(key) and not getattr(found, "definition", "")
    return phrase(key, language) if is_ours else printed(found.label, language)


def _source_name(found: Any, language: str) -> str:
    """Name a source with its period, and the group where it is not everybody."""
    name = _label(found, language)
    if found.period:
        period = words.visible(found.period)
        name = phrase("published.named", language, label=name, period=period)
    sex, area = getattr(found, "sex", "all"), getattr(found, "area", "")
    group = [words.county(area, language)] if area else []
    group += [words.stratum("sex", sex, language)] if sex != "all" else []
    group += [words.visible(part)] if (part := getattr(found, "group", "")) else []
    return (
        phrase("published.of_group", language, name=name, group=", ".join(group)) if group else name
    )


def _about(found: published.PublishedBounds, language: str) -> dict[str, str]:
    """What every sentence on a source says of it."""
    n = phrase("published.n_not_printed", language)
    return {
        "source": _source_name(found, language),
        "code": codes.shown(found.code),
        "n": n if found.n_spells is None else words.spells(found.n_spells, language),
        "limit": words.days(found.limit_days, language),
    }


def _count(found: published.PublishedBounds, language: str) -> str:
    if found.n_spells is None:
        return Absent.NOT_IN_SOURCE.text(language)
    return words.interval(found.n_spells, found.n_most, "number", 0, language)


def _why(found: published.PublishedBounds, language: str) -> str:
    """Say why the bounds are as wide as they are, and whether the follow-up is unknown."""
    why = phrase(f"width.{found.bounds.reason_for_width}", language)
    if published.NO_FOLLOW_UP in found.flags:
        return phrase("published.why.follow_up", language, why=why)
    return why


def _basis(found: published.PublishedBounds, language: str) -> str:
    """Say what a length is: in the source's own words, else on what days it rests."""
    if found.definition:
        return printed(found.definition, language)
    return phrase(f"length_basis.{found.length_basis}", language)


def _interval_of(found: published.PublishedBounds, language: str) -> Any:
    """Write the limits of confidence; without a number of spells there are none."""
    if found.n_spells is None:
        return Absent.NOT_IN_SOURCE
    return words.interval(found.bounds.lo_ci, found.bounds.hi_ci, "percent", 1, language)


def _reached(found: published.PublishedBounds, language: str) -> Any:
    """Write the share that lasted at least as long as the limit."""
    if found.reached is None:
        return Absent.NOT_APPLICABLE
    return words.interval(found.reached.lo, found.reached.hi, "percent", 1, language)

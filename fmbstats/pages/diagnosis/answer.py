"""The first screen: the finding, a lead, the chart that carries it, and the recommendation."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from fmbstats import codes, words
from fmbstats.figures.charts.frame import FULL
from fmbstats.figures.charts.strip import Bracket, Cut, LengthStrip, Row, Segment
from fmbstats.figures.svg import Say
from fmbstats.pages.diagnosis.cases import Case
from fmbstats.pages.diagnosis.published import Finding, Source
from fmbstats.pages.diagnosis.report import Report
from fmbstats.pages.diagnosis.shared import (
    case_note,
    clipped,
    curve_figure,
    register_headline,
    register_lead,
)
from fmbstats.pages.figure import Figure
from fmbstats.pages.render import Part, bare_text, in_hundred, in_words, render, told_as
from fmbstats.told import Told, tell


def answer(report: Report) -> Part:
    """Return finding, lead and first figure."""
    found = report.real_answer
    is_real = found is not None or not report.is_synthetic
    n = report.n_spells
    html = render(
        "answer.html",
        report.language,
        name=report.name,
        codes=", ".join(map(codes.dotted, report.diagnosis.codes)),
        period=_period(report),
        finding=_finding(report, found) if found else register_headline(report),
        lead=_lead(report, found) if found else register_lead(report),
        figure=_figure(report),
        entry=report.diagnosis.key,
        year=report.year,
        spells=int(n) if isinstance(n, float) else "protected",
        kind="real" if is_real else "example",
    )
    return Part("answer", "answer", html, [("answer", report.plain("contents.answer"))])


def _period(report: Report) -> str:
    main = report.published.main if report.real_answer else None
    if main is not None and main.steps.year is None:
        return report.plain("kind.limits_of", year=str(report.year))
    return report.plain("kind.started", year=str(main.steps.year if main else report.year))


MOST_CODES = 3  # of a case, named beside it

# -- the finding of published counts -----------------------------------------------------------


def _finding(report: Report, found: Finding) -> Markup:
    longest = found.longest or 0
    if found.form == "least" and found.is_reached:
        day = found.least.of("limit_days", report.language)
        if said := in_words(found.least.estimate, report.language):
            share = told_as(found.least, "estimate", said[0].upper() + said[1:], "words")
            return report.say("finding.reached.words", share=share, day=day)
        share = in_hundred(found.least, "estimate", "near", report.language)
        return report.say("finding.reached", share=share, day=day)
    if found.form == "cannot":
        return report.say("finding.cannot")
    if found.form in ("unseen", "no_limit", "no_edition"):
        return report.say(f"finding.{found.form}")
    kind = f"finding.{found.form}" + (".reached" if found.is_reached else "")
    return report.say(kind, **_bounds(found, report.language), longest=str(longest))


def _bounds(found: Finding, language: str) -> dict[str, Markup]:
    """Return the numbers of a finding, rounded outwards."""
    said = {}
    ends = (("low", found.low, "lo", "down"), ("high", found.high, "hi", "up"))
    for name, told, column, turn in ends:
        if told is not None and found.is_reached:
            said[name] = in_hundred(told, "estimate", "near", language)
        elif told is not None:
            said[name] = in_hundred(told, column, turn, language)
    return said


def _lead(report: Report, found: Finding) -> list[Markup]:
    """Return at most three sentences: the year before, why not more, what is not known."""
    cases, said = report.held, list(_before(report, found))
    if found.form == "least":
        shortest = cases.at(cases.limits[0])[0]
        said.append(report.say("lead.least", case=report.quoted(shortest)))
    elif found.form == "most":
        day, case = found.most.of("limit_days", report.language), cases.at(cases.limits[0])[0]
        said.append(report.say("lead.most", day=day, case=report.quoted(case)))
        said.append(report.say("lead.open", case=report.quoted(cases.open[0])))
    elif found.form == "between" and len(cases.limits) > 1:
        said.append(report.say("lead.between"))
    elif found.form == "cannot":
        if found.low is not None:
            low = found.low
            day = low.of("limit_days", report.language)
            said.append(report.say("lead.cannot", low=low.range(report.language), day=day))
        if cases.open:
            said.append(report.say("lead.open.cannot", case=report.quoted(cases.open[0])))
    elif found.form == "no_limit":
        said.append(report.say("lead.no_limit"))
    elif found.form == "unseen":
        said.append(report.say("lead.unseen"))
    return said


def _before(report: Report, found: Finding) -> Iterator[Markup]:
    """Yield the sentence on the year before, without a word of change."""
    earlier = report.published.earlier
    if earlier is None or not found.is_reached or found.form != "least" or not found.longest:
        return
    share = earlier.reached(found.longest)
    if share is None:
        return
    said = in_words(share.estimate, report.language)
    number = (
        told_as(share, "estimate", said, "words")
        if said
        else in_hundred(share, "estimate", "near", report.language)
    )
    kind = "words" if said else "number"
    yield report.say(f"lead.before.{kind}", year=str(earlier.steps.year), share=number)


# -- the figure --------------------------------------------------------------------------------


def _figure(report: Report) -> Markup:
    if report.real_answer:
        return report.figure(strip_figure(report))
    found = curve_figure(report, FULL)
    return report.figure(found) if found else Markup("")


def strip_figure(report: Report) -> Figure:
    """Return the length strip of the published counts, cut by the limits in force."""
    sources = [s for s in (report.published.main, report.published.earlier) if s]
    rows = [_row(report, source, k == 0) for k, source in enumerate(sources)]
    is_hatched = any(s.is_hatched for row in rows for s in row.segments)
    main = sources[0]
    cuts = tuple(_cuts(report, rows, sources))
    key = "strip.hatched" if cuts else "strip.steps"
    chart = LengthStrip(tuple(rows), cuts, report.plain(key) if is_hatched else "")
    return Figure(
        key="lengths",
        level=2,
        title=_strip_title(report, main),
        subtitle=report.say("strip.subtitle"),
        source=_strip_source(report, sources),
        chart=chart,
        alt=_strip_alt(report, rows),
    )


def _strip_title(report: Report, main: Source) -> Markup:
    """Say what the classes show at the limits, or at half a year."""
    days = [d for d in report.held.limits if main.reached(d)] or [
        d for d in (180, 90) if main.reached(d)
    ][:1]
    if not days:
        seen = [d for d in report.held.limits if main.over(d)] or [180]
        over = main.known_over(seen[-1])
        return report.say("strip.title.between", day=str(seen[-1]), **report.bounds(over))
    told = main.known_reached(days[-1])
    ended = in_hundred_left(told, report.language)
    return report.say("strip.title.ended", ended=ended, day=told.of("limit_days", report.language))


def in_hundred_left(told: Told, language: str) -> Markup:
    """Tell what is left of a hundred when a share is taken away."""
    text = words.number(100 - round(told.estimate * 100), 0, language)
    return told_as(told, "estimate", text, "rest")


def _strip_source(report: Report, sources: list[Source]) -> Markup:
    main = sources[0]
    said = [
        report.say(
            f"strip.source.{main.steps.source}"
            if main.steps.source in ("fk", "srs")
            else "strip.source.other",
            code=codes.shown(main.steps.code),
            label=main.steps.label,
        )
    ]
    if len(sources) > 1 and main.steps.source == "fk":
        said.append(report.say("strip.source.fk.years"))
    return Markup(" ").join(said)


def _strip_alt(report: Report, rows: list[Row]) -> Say:
    said = "; ".join(f"{s.name} {s.said.text}" for s in rows[0].segments)
    ids = " ".join(s.said.row for s in rows[0].segments)
    return Say(report.plain("strip.alt", year=rows[0].label, shares=said), ids)


def _row(report: Report, source: Source, is_first: bool) -> Row:
    label = str(source.steps.year or report.plain("strip.year_unknown"))
    classes = _stretches(report, source) if source.steps.is_grid else _classes(report, source)
    n = Say(report.plain("strip.n", n=source.n), tell(source.n))
    return Row(label, n, tuple(classes), tuple(_brackets(report, source)))


def _classes(report: Report, source: Source) -> list[Segment]:
    """Return the published classes; one that holds a limit inside is hatched."""
    limits, found = report.held.limits, []
    known = source.classes()
    for k, (first, last, told) in enumerate(known):
        open_ = last == float("inf")
        end = "" if open_ else str(int(last))
        key = "strip.class.open" if open_ else "strip.class"
        name, short = report.plain(key, first=str(first), last=end), f"{first}–{end}"
        inside = any(first < limit <= last for limit in limits)
        shade = min(k + 1 + (5 - len(known)), 5)
        found.append(Segment(told.estimate, name, short, report.shown(told), shade, inside))
    return found


def _stretches(report: Report, source: Source) -> list[Segment]:
    """Return what quantiles leave between the limits; each limit lies in a hatched stretch."""
    found, start, before = [], 0.0, 0
    for k, day in enumerate(_grid_days(report, source)):
        over = source.known_over(day)
        said = Say("", tell(over))
        first, last = str(before + 1), str(day)
        name, short, shade = report.plain("strip.most", day=last), f"–{last}", 2
        if k:
            name = report.plain("strip.class", first=first, last=last)
            short, shade = f"{first}–{last}", min(3 + k, 5)
        found.append(Segment(1 - over.hi - start, name, short, said, shade))
        hatch = report.plain("strip.stretch", day=last)
        found.append(Segment(over.hi - over.lo, hatch, "", said, shade, True))
        start, before = 1 - over.lo, day
    found.append(Segment(1 - start, report.plain("strip.longer"), f"{before}–", Say(""), 5))
    return found


def _grid_days(report: Report, source: Source) -> list[int]:
    """Return the days at which a strip of quantiles is cut: the limits, and a year."""
    days = [d for d in report.held.limits if source.over(d)] or [180]
    return [*days, 365] if days[-1] < 365 else days


def _brackets(report: Report, source: Source):
    """Yield the shares past the limits that are drawn."""
    if source.steps.is_grid:
        for day in _grid_days(report, source)[-2:]:
            over = source.known_over(day)
            text = report.plain(
                "strip.over", share=bare_text(over.range(report.language)), day=str(day)
            )
            yield Bracket(1 - over.hi, Say(text, tell(over)))
        return
    days = [d for d in report.held.limits if source.reached(d)] or [180]
    if (told := source.reached(days[-1])) is not None:
        text = report.plain("strip.reached", share=told, day=str(days[-1]))
        yield Bracket(1 - told.estimate, Say(text, tell(told)))


def _cuts(report: Report, rows: list[Row], sources: list[Source]):
    """Yield where limits in force cut each row; those of one class together."""
    found: dict[tuple, list[int]] = {}
    for day in report.held.limits:
        places = [_place(source, day) for source in sources]
        at = tuple(place for place in places if place is not None)
        if len(at) == len(places):
            found.setdefault(at, []).append(day)
    for at, days in found.items():
        beside: tuple[str, ...] = ()
        if report.held.open and days[-1] == report.held.limits[-1]:
            names = ", ".join(c.name for c in report.held.open if c.name)
            beside = (report.plain("case.open"), clipped(names, 34))
        said = words.joined([str(day) for day in days], report.language)
        name = report.plain("limit.days", day=said)
        ids = " ".join(tell(report.held.at(day)[0].row) for day in days)
        note = case_note(report, report.held, days[0]) if len(days) == 1 else ""
        yield Cut(at, Say(name, ids), note, beside)


def _place(source: Source, day: int) -> tuple[float, float] | None:
    """Return between which cumulated shares a limit lies; None where the source is blind."""
    reached = source.reached(day)
    if reached is not None:
        return 1 - reached.estimate, 1 - reached.estimate
    over = source.over(day)
    return None if over is None else (1 - over.hi, 1 - over.lo)


# -- the recommendation ------------------------------------------------------------------------


def _case_label(report: Report, case: Case) -> str:
    """Name a case by its criteria, and by its codes where the entry has others too."""
    if set(case.codes) >= set(report.diagnosis.codes):
        return case.name or report.plain("case.all")
    listed = ", ".join(map(codes.dotted, case.codes[:MOST_CODES]))
    listed += " …" if len(case.codes) > MOST_CODES else ""
    return f"{case.name} ({listed})" if case.name else listed


def card(report: Report) -> Part:
    """Return the recommendation card: every case in force, and since when."""
    rows = [(_case_label(report, case), case.time(report.language)) for case in report.cases.now]
    # A case without a limit in days has a row as well.
    for case in report.cases.now:
        tell(case.row)
    first = max((case.first for case in report.cases.now), default=None)
    since = report.say("card.since", date=report.date(first)) if first else ""
    if not report.cases.is_known:
        since = report.say("card.no_edition", year=str(report.year))
    html = render(
        "card.html",
        report.language,
        rows=rows,
        since=since,
        has_earlier=bool(report.cases.before),
    )
    return Part("card", "card", html)

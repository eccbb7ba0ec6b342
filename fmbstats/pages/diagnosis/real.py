"""What can be told from published statistics, their curves, and the recommendation over time."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from fmbstats import codes
from fmbstats.figures.charts.breakeven import BreakEven
from fmbstats.figures.charts.days import UNTIL_DAY, DayCurve, Point
from fmbstats.figures.svg import Say
from fmbstats.pages.diagnosis.cases import Case
from fmbstats.pages.diagnosis.published import Source
from fmbstats.pages.diagnosis.report import Report
from fmbstats.pages.diagnosis.shared import limit_lines, short_date
from fmbstats.pages.figure import Figure
from fmbstats.pages.render import Head, Part, bare_text, in_hundred, paragraph
from fmbstats.results.what_if import SHARES as SHARES_OPEN
from fmbstats.stats.identified import least_share
from fmbstats.told import Told, tell

NOTHING = Part("", "real", Markup(""))
_SAYS_NONE = ("no_limit", "no_edition", "unseen")


def told(report: Report) -> Part:
    """Return what follows from the counts for every limit, and how much it would take."""
    source = report.published.main
    if (
        source is None
        or report.finding is None
        or report.finding.form in ("no_limit", "no_edition", "unseen")
    ):
        return NOTHING
    if report.finding.form == "most":
        return _break_even(report, source)
    rows = [_limit_row(report, day) for day in sorted(report.held.limits, reverse=True)]
    rows += [_open_row(report, case) for case in report.held.open]
    earlier = report.published.earlier
    heads = [Head(report.say("told.limit")), Head(_share_head(report), True)]
    if earlier is not None:
        year = str(earlier.steps.year)
        heads.append(Head(report.say("told.year", year=year), True))
    heads.append(Head(report.say("told.means")))
    rows = [row if earlier else [row[0], row[1], row[3]] for row in rows]
    table = report.table(heads, rows, label=report.plain("told.title"))
    why = "told.why.one" if len(report.held.now) == 1 else "told.why"
    blocks = [paragraph(report.say(why, code=codes.shown(source.steps.code))), table]
    return report.section("told", "told.title", [*blocks, _note(report, "told.groups")])


def _note(report: Report, key: str) -> Markup:
    return Markup('<p class="small text">{}</p>').format(report.say(key))


def _share_head(report: Report) -> Markup:
    main = report.published.main
    is_reached = main is not None and any(main.reached(day) for day in report.held.limits)
    return report.say("told.reached" if is_reached else "told.over")


def _limit_row(report: Report, day: int) -> list[Any]:
    name = report.plain("limit.days", day=str(day)) if day else report.plain("case.none")
    named = (c.name[:1].lower() + c.name[1:] for c in report.held.at(day) if c.name)
    cases = list(dict.fromkeys(named))
    label = (
        Markup("{}, {}").format(name, report.in_swedish(", ".join(cases[:2]))) if cases else name
    )
    tell(report.held.at(day)[0].row)
    main, earlier = report.published.main, report.published.earlier
    share, before = _share_at(report, main, day), _share_at(report, earlier, day)
    return [label, share, before, report.say(_meaning(report, day, share))]


def _share_at(report: Report, source: Source | None, day: int) -> Any:
    if source is None:
        return "–"
    reached = source.reached(day)
    if reached is not None:
        return reached.html(report.language)
    over = source.over(day)
    return "–" if over is None else over.range(report.language)


def _meaning(report: Report, day: int, share: Any) -> str:
    limits = report.held.limits
    if share == "–":
        return "told.unseen"
    key = "told.shorter"
    if day == limits[-1]:
        key = "told.longest.open" if report.held.open else "told.longest"
    if len(report.held.now) == 1:
        key = "told.only"
    main = report.published.main
    return key if main is not None and main.reached(day) is not None else f"{key}.over"


def _open_row(report: Report, case: Case) -> list[Any]:
    label = report.say("told.open", case=report.quoted(case))
    return [label, "–", "–", report.say("told.open.means")]


def _break_even(report: Report, source: Source) -> Part:
    """Return how large a share must have had no limit for all to have kept to theirs.

    Nothing where the longest limit is one that all may have kept to anyhow.
    """
    day = report.held.limits[-1]
    over = source.over(day)
    if over is None or not over.lo > 0:
        return NOTHING
    case = report.held.open[0]
    points = [(share, _least(report, over, share)) for share in SHARES_OPEN if share < over.lo]
    high = in_hundred(over, "hi", "up", report.language)
    day_told = over.of("limit_days", report.language)
    text = report.say("even.text", case=report.quoted(case), high=high, day=day_told)
    figure = Figure(
        key="break-even",
        title=report.say("even.figure", high=high, case=report.quoted(case)),
        subtitle=report.say("even.subtitle", case=report.quoted(case)),
        source=report.say("even.source", code=codes.shown(source.steps.code), n=source.n),
        chart=BreakEven(
            over.lo, over.hi, points,
            [Say(report.plain("even.end.1", high=bare_text(high)), tell(over), "up"),
             report.plain("even.end.2")],
            report.plain("even.axis"), report.language,
        ),
        alt=Say(report.plain("even.alt", high=bare_text(high)), tell(over), "up"),
    )  # fmt: skip
    blocks = [paragraph(text), report.figure(figure)]
    return report.section("told", "even.title", blocks, contents="contents.even")


def _least(report: Report, over: Told, share: float) -> Say:
    """Return the least share over the limit when so many have none."""
    told = Told(
        "share_over_least",
        float(least_share(over.lo, share)),
        by="open_share",
        stratum=f"{share:g}",
        limit_days=over.limit_days,
        part="published",
        more=dict(over.more),
    )
    return report.shown(told)


def sources(report: Report) -> Part:
    """Return the band that published classes and quantiles leave."""
    if report.published.main is None:
        return _broader(report)
    band = report.published.quantiles
    fk = report.published.main if not report.published.main.steps.is_grid else None
    main = fk or band
    if main is None:
        return NOTHING
    title = "sources.title.two" if band and fk else "sources.title"
    figure = _band_figure(report, main, band, fk)
    return report.section("sources", title, [report.figure(figure)])


def _broader(report: Report) -> Part:
    """Say what is published of a code that holds this diagnosis among others."""
    source = next(iter(report.published.broader), None)
    if source is None:
        return NOTHING
    days = [d for d in (180, 90) if source.reached(d) or source.over(d)]
    if not days:
        return NOTHING
    share = source.reached(days[0])
    about = {"code": codes.shown(source.steps.code), "n": source.n, "day": str(days[0])}
    if share is not None:
        text = report.say("sources.broader", share=share, year=str(source.steps.year), **about)
    else:
        over = source.known_over(days[0]).range(report.language)
        text = report.say("sources.broader.range", share=over, **about)
    return report.section("sources", "sources.title", [paragraph(text)])


def _band_figure(report: Report, main: Source, band: Source | None, fk: Source | None) -> Figure:
    points = [] if fk is None else _points(report, fk)
    labels = [] if fk is not None else _band_labels(report, main)
    bands = _bands(band) if band else _class_bands(main)
    notes = [report.plain("band.note.inside.only")]
    if band and fk:
        year = str(fk.steps.year or "")
        keys = ("points", "band", "inside")
        notes = [report.plain(f"band.note.{key}", year=year) for key in keys]
    shown = [*points, *labels]
    said = (report.plain("curve.at", day=str(int(p.day)), share=p.said.text) for p in shown)
    return Figure(
        key="band",
        title=_band_title(report, main),
        subtitle=report.say("band.subtitle", code=codes.shown(main.steps.code)),
        source=_band_source(report, band, fk),
        chart=DayCurve(
            until=UNTIL_DAY, entry_day=14, points=shown,
            limits=limit_lines(report, report.held), x_name=report.plain("axis.days"),
            language=report.language, bands=bands, notes=notes,
        ),
        alt=Say(report.plain("band.alt", shares="; ".join(said)),
                " ".join(p.said.row for p in shown)),
        width=760,
    )  # fmt: skip


def _band_title(report: Report, main: Source) -> Markup:
    days = [d for d in report.held.limits if d > 14] or [180]
    # The strip above has told of the limit where quantiles are all there is.
    day = 365 if main.steps.is_grid else min(days[-1], 365)
    reached = main.reached(day)
    if reached is not None:
        share = in_hundred(reached, "estimate", "near", report.language)
        return report.say("band.title", share=share, day=str(day))
    over = main.over(day)
    if over is None:
        return report.say("band.title.plain")
    return report.say("band.title.range", day=str(day), **report.bounds(over))


def _points(report: Report, fk: Source) -> list[Point]:
    """Return the share that reached the beginning of every class."""
    found = []
    for first, _, _ in fk.classes()[1:]:
        told = fk.known_reached(first)
        said = report.shown(told)
        title = report.plain("curve.at", day=str(first), share=said.text)
        found.append(Point(first, told.estimate, said, title))
    return found


def _band_labels(report: Report, band: Source) -> list[Point]:
    days = [d for d in report.held.limits if band.over(d) and d <= UNTIL_DAY]
    days += [365] if not days or days[-1] < 300 else []
    found = []
    for day in days:
        over = band.over(day)
        if over is None:
            continue
        said = Say(bare_text(over.range(report.language)), tell(over))
        found.append(Point(day, over.hi, said, is_dot=False))
    return found


def _bands(source: Source) -> list[tuple[float, float, float, float]]:
    day, lo, hi = (getattr(source.steps, k).tolist() for k in ("day", "lo", "hi"))
    first = [(14.0, day[0], hi[0], 1.0)] if day[0] > 14 else []
    return first + [(day[k], day[k + 1], lo[k], hi[k]) for k in range(len(day) - 1)]


def _class_bands(source: Source) -> list[tuple[float, float, float, float]]:
    day, lo = source.steps.day.tolist(), source.steps.lo.tolist()
    return [(day[k], day[k + 1], lo[k + 1], lo[k]) for k in range(len(day) - 1)]


def _band_source(report: Report, band: Source | None, fk: Source | None) -> Markup:
    said = []
    if fk:
        said.append(report.say("band.source.fk", n=fk.n, year=str(fk.steps.year or "")))
    if band:
        said.append(report.say("band.source.srs", n=band.n))
    for source in report.published.broader[:1]:
        reached = source.reached(180)
        if reached is not None:
            about = {"code": codes.shown(source.steps.code), "year": str(source.steps.year)}
            said.append(report.say("band.source.broader", n=source.n, share=reached, **about))
    return Markup(" ").join(said)


def history(report: Report) -> Part:
    """Return every case through time, newest first."""
    ever = report.diagnosis.history().rows
    cases = sorted(
        (*report.cases.now, *report.cases.before),
        key=lambda c: (-c.first.toordinal(), c.days is None, c.days or 0, c.name),
    )
    if not cases:
        return NOTHING
    rows = [_case_row(report, case) for case in cases]
    columns = ("case", "words", "days", "valid")
    heads = report.heads("history", columns, ("days",))
    blocks = [report.table(heads, rows, label=report.plain("history.title"), names_lang="sv")]
    if len(ever) > len(cases):
        blocks.append(_note(report, "history.older"))
    return report.section("history", "history.title", blocks)


def _case_row(report: Report, case: Case) -> list[Any]:
    days = case.time(report.language) if case.days is None else case.row.html(report.language)
    wording = case.wording
    if report.language != "sv":
        wording = Markup('<span lang="sv">{}</span>').format(wording)
    if case.contradicted is not None:
        number, unit = case.contradicted
        in_words = report.plain(f"unit.{unit}.{'one' if number == 1 else 'many'}")
        wording = Markup("{} {}").format(
            wording, report.say("case.contradicted", stored=f"{number:g} {in_words}")
        )
    ends = {"first": short_date(case.first, report.language)}
    if case.last is not None:
        ends["last"] = short_date(case.last, report.language)
    valid = report.say("history.during" if "last" in ends else "history.since", **ends)
    return [case.name or report.plain("case.all"), wording, days, valid]

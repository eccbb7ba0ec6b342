"""The charts of the pages: marks where the numbers say, texts that do not collide, lean markup."""

import re
from dataclasses import replace
from html import unescape

import lxml.html
import numpy as np
import pytest

from fmbstats.figures.axes import on_axes
from fmbstats.figures.charts import recipe
from fmbstats.figures.charts.answers import IN_ROW, Answer, AnswerBars, Part, Parts
from fmbstats.figures.charts.breakeven import BreakEven
from fmbstats.figures.charts.counties import TILES, Funnel, FunnelPoint, Tile, TileMap
from fmbstats.figures.charts.days import DayCurve, Point
from fmbstats.figures.charts.dots import Dot, Dots, title_of
from fmbstats.figures.charts.endings import Endings
from fmbstats.figures.charts.frame import FULL, HALF, NARROW, Limit, placed
from fmbstats.figures.charts.placebo import EventStudy, Period, PlaceboDots
from fmbstats.figures.charts.stacks import Piece, Stack, Stacks
from fmbstats.figures.charts.strip import Bracket, Cut, LengthStrip, Row, Segment
from fmbstats.figures.charts.years import Dated, Dumbbell, Fit, Pair, TimeSeries
from fmbstats.figures.fonts import font_faces, text_width
from fmbstats.figures.svg import Drawing, Say
from fmbstats.pages import figure, grammar
from fmbstats.words import COUNTIES, LANGUAGES, county
from fmbstats.words.catalogue import texts


def strip():
    shares = (0.126, 0.356, 0.212, 0.168, 0.138)
    names = ("15–29", "30–89", "90–179", "180–364", "365–")
    segments = tuple(
        Segment(share, f"{name} dagar", name, Say(f"{share:.1%}", f"r{k}"), k + 1)
        for k, (share, name) in enumerate(zip(shares, names, strict=True))
    )
    row = Row("2017", Say("25 616 sjukfall", "n"), segments, (Bracket(0.694, Say("30,6 %", "b")),))
    cuts = (
        Cut(((0.482, 0.482),), "90 dagar", "gräns vid lindrig"),
        Cut(((0.694, 0.694),), "180 dagar", "gräns vid måttlig till uttalad"),
    )
    return LengthStrip((row,), cuts)


def curve():
    limits = (Limit(90, "90 dagar", "lindrig"), Limit(180, "180 dagar", "till", True))
    steps = [(14, 1.0), (90, 1.0), (90, 0.5), (180, 0.5), (180, 0.3), (540, 0.3)]
    return DayCurve(540, 14, [Point(90, 0.5, Say("50 %", "a"))], limits, "dagar", "sv", steps=steps)


def dots():
    rows = [
        Dot("Alla", Say("7 591", "n"), 0.3, 0.289, 0.31, Say("30,0", "a"), Say("28,9–31,0", "a")),
        Dot("Män", Say("24", "n"), None, None, None, Say("visas inte", "b"), begins_group=True),
    ]
    return Dots(rows, 0.3, "alla", "95 %-intervall", "sv")


def funnel():
    points = [FunnelPoint("A", 200, 0.28, Say("28,0", "a")), FunnelPoint("B", 900, 0.33, Say("33"))]
    return Funnel(points, 0.3, Say("riket"), "antal", "95", "99,8", "sv")


def series():
    points = [Dated(2014 + k, 30 + k, 29 + k, 31 + k, Say(f"{30 + k}", "a")) for k in range(4)]
    return TimeSeries(points, "%", [2014, 2015, 2016, 2017], "sv")


def before_after():
    points = [Dated(2014 + k / 12, 40 - (k > 36) * 4, said=Say("40")) for k in range(60)]
    fits = [
        Fit([(2014, 40), (2017, 41)], name="före"),
        Fit([(2017, 41), (2019, 42)], [(2017, 40, 42), (2019, 40, 44)], True, "väntat"),
    ]
    change = [Limit(2017.1, "30 jan 2017", "12 månader blir 6")]
    return TimeSeries(points, "%", [2014, 2015, 2016, 2017, 2018], "sv", False, fits, change)


CHARTS = {
    "strip": strip,
    "curve": curve,
    "dots": dots,
    "funnel": funnel,
    "series": series,
    "before_after": before_after,
    "tiles": lambda: TileMap(
        [Tile(c, county(c, "en"), Say("30,0", c), (0.2, 0.3, 0.4)[k % 3], 100)
         for k, c in enumerate(COUNTIES)],
        0.3, "längre", "kortare", ["än riket"]),
    "answers": lambda: AnswerBars([
        Answer("Diskbråck", "between", 0.58, 0.89, Say("58–89 %", "a")),
        Answer("Depression", "least", 0.3, 1.0, Say("minst 30 %", "b")),
        Answer("Utmattning", "most", 0.0, 0.4, Say("högst 40 %", "c")),
        Answer("Illamående", "one", 0.28, 0.28, Say("28 %", "d"))]),
    "parts": lambda: Parts([Part(3, Say("3"), "en", "r5"), Part(29, Say("29"), "ingen", "r1")],
                           1, Say("3 diagnoser")),
    "dumbbell": lambda: Dumbbell(
        [Pair("Hjärninfarkt", "I63", 0.58, 0.56, Say("58,0", "a"), Say("56,0", "b"), True)],
        "2015", "2017", "sv"),
    "break_even": lambda: BreakEven(0.33, 0.42, [(0.1, Say("23 %", "a"))], ["Vid 43 %"], "andel",
                                    "sv"),
    "endings": lambda: Endings(list(range(170, 191)), [12.0] * 10 + [54.0] + [12.0] * 10,
                               [13.0] * 21, 180, Say("dag 180"), Say("54", "a"), "linjen", "dagar",
                               "sv"),
    "stacks": lambda: Stacks([Stack("Dag 90", [Piece(0.47, Say("47", "a"), "s3"),
                                               Piece(0.53, Say("53", "b"), "s1")])],
                             ["avslutat", "pågår"]),
    "placebo": lambda: PlaceboDots([-0.4, 0, 0.1, 0.12, 0.5], -3.4, ["30 jan 2017", "−3,4"],
                                   "5 datum", "procentenheter", "sv"),
    "event_study": lambda: EventStudy(
        [Period(k, -k, -k - 1, -k + 1, Say(str(k), "a")) for k in range(-4, 5)], "p.e.", "kvartal",
        "sv"),
    "courses": lambda: EventStudy(
        [Period(k, v, v, v, Say(str(k), "a"))
         for k, v in enumerate((40, 43, 42, 33, 31, 34, 36), -4)],
        "%", "kvartal", "sv", [Period(k, 41, 40, 42, Say("41", "b")) for k in range(-4, 3)],
        ["med reformen", "utan reformen"]),
}  # fmt: skip


@pytest.mark.parametrize("width", [FULL, HALF, NARROW])
@pytest.mark.parametrize("kind", CHARTS)
def test_a_chart_stays_in_its_picture_and_in_the_grammar(kind, width):
    drawing = CHARTS[kind]().draw(width)
    markup = drawing.markup("Vad som syns.", "syn")
    tags = re.findall(r"<(\w+)((?:\s[^<>]*)?)>", markup)
    assert {tag for tag, _ in tags} <= grammar.SVG_TAGS
    for tag, attributes in tags:
        for name in re.findall(r'([\w:-]+)="', attributes):
            assert grammar.is_allowed(tag, name), (tag, name)
    assert drawing.height > 0
    for x, y, rest in re.findall(r'<text[^>]*? x="([-\d.]+)" y="([-\d.]+)"([^<]*)', markup):
        assert -1 <= float(x) <= width + 2, rest
        assert 0 <= float(y) <= drawing.height + 1, rest
    assert len(markup) < 12_000


@pytest.mark.parametrize("kind", CHARTS)
def test_no_text_runs_out_of_the_picture(kind):
    for width in (FULL, NARROW):
        drawing = CHARTS[kind]().draw(width)
        for kinds, x, text in _texts(drawing):
            size = 11 if "s" in kinds else drawing.size
            wide = text_width(text, size, 600 if "b" in kinds else 400)
            start = x - wide if "ae" in kinds else x - wide / 2 if "am" in kinds else x
            assert start >= -3, text
            assert start + wide <= width + 12, text


@pytest.mark.parametrize("width", [FULL, NARROW])
def test_the_names_of_courses_lie_on_no_dot(width):
    markup = "".join(CHARTS["courses"]().draw(width).parts)
    dots = np.array(re.findall(r'<circle[^>]* cx="([-\d.]+)" cy="([-\d.]+)"', markup), float)
    for name in ("med reformen", "utan reformen"):
        found = re.search(rf'<text[^>]* x="([-\d.]+)" y="([-\d.]+)"[^>]*>{name}<', markup)
        right, foot = map(float, found.groups())
        near = dots[dots[:, 0] > right - text_width(name, 12, 600) - 4.5, 1]
        assert len(near)
        assert not ((near > foot - 9 - 4.5) & (near < foot + 4.5)).any()


def _texts(drawing: Drawing):
    for kinds, x, text in re.findall(
        r'<text(?: class="([^"]*)")? x="([-\d.]+)"[^>]*>([^<]*)', "".join(drawing.parts)
    ):
        yield kinds.split(), float(x), text


def test_the_marks_of_a_strip_are_as_wide_as_their_shares():
    markup = "".join(strip().draw(FULL).parts)
    wide = [float(w) for w in re.findall(r'<rect class="r\d"[^>]* width="([\d.]+)"', markup)]
    assert wide == pytest.approx([FULL * s - 1.5 for s in (0.126, 0.356, 0.212, 0.168, 0.138)],
                                 abs=0.06)  # fmt: skip


def test_every_told_text_keeps_its_row_at_both_widths():
    for width in (FULL, NARROW):
        rows = set(re.findall(r'data-row="([^"]*)"', strip().draw(width).markup("x")))
        assert {"r1", "r2", "r3", "n", "b"} <= rows


def test_labels_of_near_limits_do_not_meet_nor_lie_on_a_line():
    labels = [(50, "21 dagar", "ingen spridning"), (66, "35 dagar", "ingen spridning"),
              (160, "150 dagar", "ingen spridning")]  # fmt: skip
    places = placed(labels, 700, 13)
    for k, place in enumerate(places):
        wide = max(text_width(labels[k][1], 13, 600), *(text_width(n, 13) for n in place.lines))
        span = (place.x, place.x + wide) if place.end == "start" else (place.x - wide, place.x)
        for j, other in enumerate(places):
            line = labels[j][0]
            if j != k and other.tier >= place.tier:
                assert not span[0] < line < span[1]


def test_the_small_bar_fades_to_the_side_that_is_not_known():
    least = "".join(Answer("", "least", 0.3, 1.0, Say("")).draw(IN_ROW).parts)
    most = "".join(Answer("", "most", 0.0, 0.4, Say("")).draw(IN_ROW).parts)
    assert 'class="fr"' in least
    assert 'class="fl"' in most


def test_all_counties_have_a_tile_of_their_own():
    assert set(TILES) == set(COUNTIES)
    assert len(set(TILES.values())) == len(TILES)


def test_the_fonts_are_small_and_know_every_letter_of_the_pages():
    assert len(font_faces()) < 2 * 12_000 * 4 / 3
    from fmbstats.figures.fonts import _advances

    # Comparisons are shown in JupyterLab alone.
    phrases = (item for name in LANGUAGES for item in texts(name).phrases.items())
    said = [text for key, text in phrases if not key.startswith("compare.")]
    letters = {sign for text in said for sign in text} - set("{}_\n")
    assert letters <= set(_advances()[400])
    assert set(_advances()[400]) == set(_advances()[600])


def test_a_picture_as_a_file_has_the_colours_of_the_page_and_nothing_of_its_layout():
    own = figure.picture_style("syn")
    assert "var(" not in own
    assert ".ti{fill:#ecebe6}" in own
    # Other programs draw nothing of what they do not know.
    assert not re.search(r"background|display|content:", own)


@pytest.mark.parametrize("kind", CHARTS)
def test_a_description_says_on_axes_what_it_says_on_a_page(kind):
    ax = on_axes(CHARTS[kind]())
    drawn = CHARTS[kind]().draw(FULL)
    ticks = [*ax.get_xticklabels(), *ax.get_yticklabels()]
    written = [text.get_text() for text in (*ax.texts, *ticks) if text.get_text()]
    assert sorted(written) == sorted(unescape(text) for _, _, text in _texts(drawn))
    circles = [line for line in ax.lines if line.get_marker() == "o"]
    assert len(circles) == sum(part.startswith("<circle") for part in drawn.parts)


@pytest.mark.parametrize("kind", CHARTS)
def test_a_picture_can_be_drawn_again_from_its_recipe(kind):
    chart = CHARTS[kind]()
    wide, narrow = recipe.pictures(chart, (FULL, NARROW), "Vad som syns.", "syn")
    said = unescape(re.search(rf" {recipe.NAME}='([^']*)'", wide)[1])
    again = recipe.with_curve(recipe.read(said), lambda found: vars(chart))
    assert recipe.pictures(again, (FULL, NARROW), "Vad som syns.", "syn") == [wide, narrow]


@pytest.mark.parametrize("text", ["", "[", "7", '"a"', '{"Dot":[]}', '{"os.system":["a"]}', "{}"])
def test_what_is_no_recipe_is_refused(text):
    with pytest.raises(ValueError, match="no recipe"):
        recipe.read(text)


def test_names_in_the_funnel_meet_neither_each_other_nor_a_dot():
    shares = {
        "Västra Götaland": (1230, 0.328),
        "Skåne": (990, 0.282),
        "Jönköping": (240, 0.243),
        "Norrbotten": (150, 0.22),
        "Stockholm": (1680, 0.298),
        "Västernorrland": (120, 0.18),
    }
    points = [FunnelPoint(name, n, share, Say(f"{100 * share:.1f}"))
              for name, (n, share) in shares.items()]  # fmt: skip
    chart = Funnel(points, 0.3, Say("riket 30,0 %"), "antal", "95 %-gräns", "99,8 %", "sv")
    for width, is_wide in ((722, True), (340, False)):
        drawing = Drawing(width, 0, is_wide)
        chart.onto(drawing)
        tree = lxml.html.fragment_fromstring(drawing.markup("a"))
        boxes = [box_of(text, drawing) for text in tree.iter("text") if "h" in kinds_of(text)]
        assert len(boxes) == 7
        boxes += [(float(dot.get("cx")) - 4, float(dot.get("cy")) - 4, float(dot.get("cx")) + 4,
                   float(dot.get("cy")) + 4) for dot in tree.iter("circle")]  # fmt: skip
        for k, (left, top, right, bottom) in enumerate(boxes[:7]):
            for x, y, r, b in boxes[k + 1 :]:
                assert min(right, r) <= max(left, x) or min(bottom, b) <= max(top, y)


def kinds_of(text):
    return text.get("class", "").split()


def box_of(text, drawing):
    """Left, top, right and bottom of a text, in pixels."""
    wide = drawing.wide(text.text_content(), "b" if "b" in kinds_of(text) else "")
    left, low = float(text.get("x")) - wide * ("ae" in kinds_of(text)), float(text.get("y"))
    return left, low - 10, left + wide, low + 2


def dot(value, spread=0.02, begins=False):
    low, high = (None, None) if spread is None else (value - spread, value + spread)
    return Dot("x", Say("90", "n"), value, low, high, Say("x", "x"), begins_group=begins)


WHOLE, SAME, MEN, WOMEN = dot(0.3), dot(0.3), dot(0.2), dot(0.4)


@pytest.mark.parametrize(
    ("sexes", "ages", "title"),
    [
        ([SAME, SAME], [SAME, SAME, SAME], "alike"),
        ([WOMEN, MEN], [SAME, SAME, SAME], "sexes"),
        ([WOMEN, MEN], [], "sexes"),
        ([SAME, SAME], [dot(0.2), SAME, SAME], "young"),
        ([WOMEN, MEN], [dot(0.2), SAME, WOMEN], "young"),
        ([SAME, SAME], [SAME, dot(0.2), SAME], "differ"),
        ([], [SAME, SAME, dot(0.4)], "differ"),
        ([], [dot(0.2), SAME, SAME], "young"),
        ([SAME, SAME], [SAME, dot(0.3, spread=None), SAME], "plain"),
    ],
)
def test_a_title_says_which_groups_leave_the_value_of_all(sexes, ages, title):
    rows = [WHOLE]
    for group in (sexes, ages):
        rows += [replace(row, begins_group=k == 0) for k, row in enumerate(group)]
    assert title_of(rows) == f"dots.title.{title}"

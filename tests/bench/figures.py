"""How much processor time the figures of one report take, and the whole page.

    uv run python tests/bench/figures.py [--store STORE] [--rounds 3] [ENTRY ...]

Everything is called as plain functions in one warm process. The variants take turns; medians are
printed, in milliseconds of processor time per report:

- a figure of its own for every drawing (as analysts and exports get), or kept canvases;
- matplotlib's own ticks on a new figure: two lines per tick, titles placed by laying out labels;
- the whole page, every section with its numbers, with either kind of canvas.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("POLARS_MAX_THREADS", "1")

from fmbstats.batch import warm
from fmbstats.figures import canvas, palette
from fmbstats.pages import blocks
from fmbstats.pages.diagnosis_report import PARTS, diagnosis_report
from fmbstats.pages.style import drawn_svg, figure_svg

ENTRIES = ("F32", "F43", "M54.5", "C77")


def main() -> None:
    """Run the variants in turn for each entry and print the table."""
    arguments = parse_arguments()
    warm.warm_up()
    print(f"{'entry':<8}{'figures':>8}" + "".join(f"{name:>18}" for name in VARIANTS))
    for entry in arguments.entries or ENTRIES:
        figures = figures_of(entry, arguments)
        medians = measured(entry, figures, arguments)
        values = "".join(f"{medians[name]:>18.0f}" for name in VARIANTS)
        print(f"{entry:<8}{len(figures):>8}{values}", flush=True)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("entries", nargs="*", help=f"default {' '.join(ENTRIES)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--year", type=int, default=2017)
    parser.add_argument("--store", type=Path, help="default the project's own")
    return parser.parse_args()


def report_on(entry: str, arguments: argparse.Namespace):
    """Open the report on an entry."""
    return diagnosis_report(entry, year=arguments.year, store=str(arguments.store or ""))


def figures_of(entry: str, arguments: argparse.Namespace) -> list[blocks.FigureBlock]:
    """Figures of a page, their numbers made."""
    report = report_on(entry, arguments)
    parts = [part for key in PARTS for part in report.part(key).parts]
    return [part for part in parts if isinstance(part, blocks.FigureBlock)]


def measured(entry: str, figures: list, arguments: argparse.Namespace) -> dict[str, float]:
    """Median milliseconds of every variant; the first round is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in VARIANTS}
    for _ in range(arguments.rounds + 1):
        for name, variant in VARIANTS.items():
            gc.collect()
            started = time.process_time()
            variant(entry, figures, arguments)
            taken[name].append(1000 * (time.process_time() - started))
    return {name: statistics.median(times[1:]) for name, times in taken.items()}


def own_svg(draw: Callable) -> str:
    """Draw on a figure of one's own."""
    return figure_svg(draw())[0]


def draw_plain_ticks(_entry: str, figures: list, _arguments: argparse.Namespace) -> None:
    """A new figure for every drawing, with matplotlib's ticks and grid."""
    with plain_ticks():
        for figure in figures:
            own_svg(figure.draw)


@contextmanager
def plain_ticks() -> Iterator[None]:
    """Let figures have matplotlib's own ticks, two lines for each."""

    def style_ticks(ax, grid):
        ax.tick_params(
            colors=palette.MUTED, labelsize=canvas.SMALL_PT, length=3, width=0.8, color=palette.RULE
        )
        if grid:
            ax.grid(visible=True, axis=grid, color=palette.GRID, linewidth=0.8)

    def set_ticks(ax, which, places, labels):
        getattr(ax, f"set_{which}ticks")(places, labels)

    kept = canvas._style_ticks, canvas.set_ticks
    canvas._style_ticks, canvas.set_ticks = style_ticks, set_ticks
    try:
        yield
    finally:
        canvas._style_ticks, canvas.set_ticks = kept


def draw_own(_entry: str, figures: list, _arguments: argparse.Namespace) -> None:
    """A new figure for every drawing."""
    for figure in figures:
        own_svg(figure.draw)


def draw_kept(_entry: str, figures: list, _arguments: argparse.Namespace) -> None:
    """Kept canvases, as a report has them."""
    for figure in figures:
        drawn_svg(figure.draw)


def page(entry: str, _figures: list, arguments: argparse.Namespace) -> None:
    """The whole page as plain functions."""
    report = report_on(entry, arguments)
    for key in PARTS:
        section = report.part(key)
        section._repr_html_()
        section._repr_mimebundle_()


def page_own(entry: str, figures: list, arguments: argparse.Namespace) -> None:
    """The whole page, with a new figure and matplotlib's ticks for every drawing."""
    kept, blocks.drawn_svg = blocks.drawn_svg, own_svg
    try:
        with plain_ticks():
            page(entry, figures, arguments)
    finally:
        blocks.drawn_svg = kept


VARIANTS = {
    "new, plain ticks": draw_plain_ticks,
    "new figures": draw_own,
    "kept canvases": draw_kept,
    "page, old way": page_own,
    "page": page,
}


if __name__ == "__main__":
    main()

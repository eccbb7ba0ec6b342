"""`fmbstats fmb …`: the recommendations themselves, through time."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from fmbstats.atomic import make_folder, write_text
from fmbstats.cli.common import Day, NewFile, data_option, find_data, language_as, log, month_option
from fmbstats.errors import UnknownNameError

CODES_FILE = Path("codes") / "icd10se.csv"


def _editions(data: Path | None):
    from fmbstats.sources.fmb.edition_tables import read_editions

    return read_editions(find_data(data) / "fmb")


def _recommendations(data: Path | None):
    from fmbstats.recommendations.join_tables import Recommendations

    return Recommendations(_editions(data))


def _edition(editions, name: str):
    """Find an edition by name, or say which there are."""
    found = {e.name: e for e in editions}
    if name not in found:
        raise UnknownNameError.among("edition", name, found, f"Known: {', '.join(found)}.")
    return found[name]


def _save(path: Path, content: str) -> None:
    make_folder(path.parent)
    write_text(path, content)
    log.info(f"written: {path}")


@click.group()
def fmb() -> None:
    """Look at the FMB recommendations: editions, changes, what was in force."""


@fmb.command()
@data_option
def editions(data: Path | None) -> None:
    """List the editions at hand, oldest first."""
    for e in _editions(data):
        n_codes = e.entry_codes["code"].n_unique()
        click.echo(
            f"{e.name}  {e.source['quality']:<12}{e.entries.height:>5} entries"
            f"{e.cases.height:>6} cases{n_codes:>6} codes  seen {e.source['fetched_date']}"
        )


@fmb.command()
@click.argument("old")
@click.argument("new")
@click.option("--csv", "csv_path", type=NewFile(), help="Write a CSV too.")
@click.option("--html", "html_path", type=NewFile(), help="Write a page too.")
@language_as(help="Of the page.")
@data_option
def diff(
    old: str,
    new: str,
    csv_path: Path | None,
    html_path: Path | None,
    language: str,
    data: Path | None,
) -> None:
    """List what changed from edition OLD to edition NEW (such as 2016-09 2020-04)."""
    from fmbstats.recommendations.diff import compare_editions

    known = _editions(data)
    found = compare_editions(_edition(known, old), _edition(known, new))
    if csv_path is not None:
        _save(csv_path, found.csv())
    if html_path is not None:
        _save(html_path, found.page(language))
    click.echo(found.text())


@fmb.command()
@click.argument("code")
@click.option(
    "--on", "day", type=Day(), help="A spell's first day [default: the newest edition's]."
)
@click.option(
    "--lookup",
    type=click.Choice(["fmbstats", "webcert"]),
    default="fmbstats",
    show_default=True,
    help="How a code finds its recommendation; webcert: what physicians see.",
)
@month_option
@data_option
def show(code: str, day, lookup: str, month_days: int, data: Path | None) -> None:
    """Show the recommendation for CODE in force on a day, and its history."""
    known = _recommendations(data)
    newest = date.fromisoformat(known.editions[-1].source["fetched_date"])
    found = known.on(code, day or newest, month_days, lookup)
    click.echo(found.text())
    past = known.history_text(code, month_days)
    if past:
        click.echo(f"\nThrough time\n{past}")


@fmb.command()
@click.argument("edition")
@data_option
def sheet(edition: str, data: Path | None) -> None:
    """Write an EDITION as a sheet, one line per case: what 'fmbstats import fmb' reads again."""
    from fmbstats.sources.fmb.sheet import write_sheet

    click.echo(write_sheet(_edition(_editions(data), edition)), nl=False)


@fmb.command()
@data_option
def gaps(data: Path | None) -> None:
    """List codes that two entries claim at once, and times without a recommendation."""
    known = _recommendations(data)
    ties, times = known.ties, known.gaps()
    for row in ties.iter_rows(named=True):
        click.echo(f"tie  {row['code']:<7}{row['edition']}  entries {row['entry_ids']}")
    for row in times.iter_rows(named=True):
        click.echo(f"gap  {row['code']:<7}{row['gap_from']} – {row['gap_to']}")
    first = known.in_force_table()["valid_from"].min()
    click.echo(f"{ties.height} tie(s), {times.height} gap(s); nothing is known before {first}.")


@fmb.command()
@click.argument("edition")
@click.option(
    "--codes",
    "codes_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A list made by 'fmbstats import codes' [default: data_raw/codes/icd10se.csv if there].",
)
@click.option("--csv", "csv_path", type=NewFile(), help="Write a CSV too.")
@data_option
def check(edition: str, codes_path: Path | None, csv_path: Path | None, data: Path | None) -> None:
    """Check the content of an EDITION: contradictions, mismatches, open ends, stray codes."""
    from fmbstats.recommendations.content_control import check_content
    from fmbstats.sources.codes.code_list import INCOMPLETE, read_code_list

    default = find_data(data) / CODES_FILE
    path = codes_path or (default if default.exists() else None)
    icd10se, why = None, "no code list"
    if path is not None:
        listed = read_code_list(path)
        if listed.is_complete:
            icd10se = listed.codes
        else:
            why = f"{path.name} is incomplete: {listed.source[INCOMPLETE]}"
    report = check_content(_edition(_editions(data), edition), icd10se)
    if csv_path is not None:
        _save(csv_path, report.csv())
    click.echo(report.text())
    if icd10se is None:
        click.echo(f"\nCodes were not looked up: {why} ('fmbstats import codes FILE').")


@fmb.command()
@click.argument("code", required=False)
@data_option
def rules(code: str | None, data: Path | None) -> None:
    """List the case rules (of CODE's entries): what evidence leaves of the cases, and whose fact.

    Shipped are those that follow from the name of a code; your own files lie in data_raw/rules.
    """
    from fmbstats.codes import normalise
    from fmbstats.recommendations.case_rules import read_rules

    known = _editions(data)
    found = read_rules(find_data(data), known)
    if code is not None:
        wanted = normalise(code)
        entries = {
            entry
            for edition in known
            for entry, own in edition.entry_codes.select("entry_id", "code").iter_rows()
            if own.startswith(wanted) or wanted.startswith(own)
        }
        found = tuple(rule for rule in found if rule.entry_id in entries)
    for rule in found:
        click.echo(
            f"entry {rule.entry_id:<6}case {rule.case_id:<8}{rule.effect:<6}{rule.evidence:<12}"
            f"{rule.value:<8}{rule.source}  [{rule.approved_by}, {rule.approved_on}]"
        )
    click.echo(f"{len(found)} rule(s).")


@fmb.command()
@click.argument("code")
@click.option("--edition", help="[default: the newest]")
@data_option
def icf(code: str, edition: str | None, data: Path | None) -> None:
    """List the ICF codes of CODE's entries: activity limitations and impairments."""
    from fmbstats.recommendations.icf import icf_of

    known = _editions(data)
    production = [e for e in known if e.is_production]
    chosen = _edition(known, edition) if edition else (production or known)[-1]
    click.echo(icf_of(chosen, code).text())

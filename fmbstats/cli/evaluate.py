"""fmbstats evaluate: whether a revision or a roll-out changed sick leave."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fmbstats.atomic import replacing, write_text
from fmbstats.cli.browse import language_option
from fmbstats.cli.build import found_request
from fmbstats.cli.common import data_option, store_option
from fmbstats.cli.ready import ready_store
from fmbstats.errors import NotEstimableError, SourceError

if TYPE_CHECKING:
    import pandas as pd

    from fmbstats.store.own_register import RegisterRequest

_TABLE = click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), help="Also write the numbers as CSV."
)
_DAY = click.DateTime(["%Y-%m-%d"])
_DESPITE = click.option(
    "--despite-rivals",
    is_flag=True,
    help="Tell the effect although another event fell within two years of the revision.",
)


@click.group()
def evaluate() -> None:
    """Evaluate revisions and roll-outs. The numbers are exact: for use inside the house."""


@evaluate.command()
@click.argument("name")
@click.option("--date", "day", required=True, type=_DAY, help="First day of the revision.")
@click.option("--limit", "limit_days", type=click.IntRange(1, 3650), help="Days held fixed.")
@click.option(
    "--controls",
    default="chapter",
    show_default=True,
    help="'chapter', or a file with an entry id or slug per line.",
)
@_DESPITE
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write a page (HTML) with its figures; exact numbers, for use inside the house.",
)
@language_option
@_TABLE
@data_option
@store_option
def revision(
    name, day, limit_days, controls, despite_rivals, page, language, to, data, store_path
) -> None:
    """Evaluate the revision of NAME: a code, an FMB entry's id or its slug."""
    import pandas as pd

    from fmbstats.evaluate.revision import evaluate_revision
    from fmbstats.pages.evaluation import revision_page
    from fmbstats.results.evaluation import revision_row, revision_sentences

    with ready_store(data, store_path) as store:
        entry_id, title = _entry(store, name)
        listed = None if controls == "chapter" else _entries(store, Path(controls))
        found = evaluate_revision(
            store, entry_id, title, day.date(), limit_days=limit_days, controls=listed,
            despite_rivals=despite_rivals,
        )  # fmt: skip
        _say(store, language, revision_sentences(found, language))
        _write(to, pd.DataFrame([revision_row(found)]))
        if page is not None:
            options = {"--limit": limit_days, "--controls": listed and controls}
            told = [f"{key} {value}" for key, value in options.items() if value]
            told += ["--despite-rivals"] * despite_rivals
            html = revision_page(
                found, language=language, is_synthetic=bool(store.settings.is_synthetic),
                register_name=store.settings.register_name,
                code=" ".join(
                    [f"fmbstats evaluate revision {entry_id} --date {day:%Y-%m-%d}", *told]
                ),
            )  # fmt: skip
            write_text(page, html)


@evaluate.command()
@click.option("--edition", required=True, help="Edition that first told of the revisions.")
@_DESPITE
@language_option
@_TABLE
@data_option
@store_option
def revisions(edition, despite_rivals, language, to, data, store_path) -> None:
    """Evaluate every revision that an edition brought, with q-values."""
    import numpy as np
    import pandas as pd

    from fmbstats import words
    from fmbstats.evaluate.revision import evaluate_revision
    from fmbstats.results.evaluation import revision_row, revision_sentences
    from fmbstats.stats.multiplicity import benjamini_hochberg
    from fmbstats.store import lookups

    with ready_store(data, store_path) as store:
        revised = lookups.revised_on(store, edition)
        if not revised:
            raise NotEstimableError(f"Edition {edition} is unknown or brought no revision.")
        rows, said = [], []
        for entry_id, title, day in revised:
            try:
                found = evaluate_revision(
                    store, entry_id, title, day, despite_rivals=despite_rivals
                )
            except NotEstimableError as refusal:
                said.append(str(refusal))
                continue
            rows.append(revision_row(found))
            said.append(revision_sentences(found, language)[0])
        q = benjamini_hochberg(np.array([row["p_value"] for row in rows], float))
        rows = [row | {"q_value": float(value)} for row, value in zip(rows, q, strict=True)]
        _say(store, language, said)
        for row in rows:
            if row["q_value"] == row["q_value"]:
                p, q = (words.number(row[name], 3, language) for name in ("p_value", "q_value"))
                click.echo(f"{row['title']}: p = {p}, q = {q}")
        _write(to, pd.DataFrame(rows))


@evaluate.command()
@click.option(
    "--dates",
    "dates_path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="CSV: county_code, first_date and, if wanted, kind.",
)
@click.option("--draws", default=999, show_default=True, type=click.IntRange(99, 99_999))
@language_option
@_TABLE
@data_option
@store_option
def rollout(dates_path, draws, language, to, data, store_path) -> None:
    """Evaluate a reform that reached the counties on the dates of a file."""
    from fmbstats.evaluate.rollout import evaluate_rollout, read_dates
    from fmbstats.results.evaluation import rollout_frame, rollout_sentences
    from fmbstats.sources.outside import read_outside

    dates = read_outside(read_dates, dates_path)
    with ready_store(data, store_path) as store:
        found = evaluate_rollout(store, dates, n_draws=draws)
        _say(store, language, rollout_sentences(found, language))
        _write(to, rollout_frame(found))


@evaluate.command()
@click.argument("name", required=False)
@click.option(
    "--register",
    "files",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="Certificates, once per file [default: those that the store was built from].",
)
@click.option("--by", help="entry, renewed, county, profession, speciality, unit, year or month.")
@click.option(
    "--ledger",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write the ledger of certificates (Parquet); exact counts, no person.",
)
@language_option
@_TABLE
@data_option
@store_option
def certificates(name, files, by, ledger, language, to, data, store_path) -> None:
    """Evaluate how FMB is used when certificates are issued, of NAME or of all diagnoses."""
    from fmbstats import words
    from fmbstats.evaluate.certificates import certificates_of
    from fmbstats.results import evaluation
    from fmbstats.sources.outside import outside
    from fmbstats.words import phrase

    with ready_store(data, store_path) as store:
        entry_id, title = (None, None) if name is None else _entry(store, name)
        request = _certificates(files, store)
        with outside(request.files):
            use, n_rejected = certificates_of(request, store.data_folder)
    use = use if entry_id is None else use.of(entry_id)
    title = title or phrase("certificates.all", language).capitalize()
    shares = use.shares(by)
    _say(store, language, evaluation.certificate_sentences(use, title, language))
    if n_rejected:
        click.echo(phrase("certificates.rejected", language, n=words.count(n_rejected, language)))
    click.echo("\n".join(evaluation.certificate_lines(shares, by, use.titles, language)))
    _write(to, shares)
    if ledger is not None:
        with replacing(ledger) as draft:
            use.ledger.write_parquet(draft)


def _certificates(files: tuple[Path, ...], store) -> RegisterRequest:
    """Return the certificates that were named, or those that the store was built from."""
    from fmbstats.store.opening import read_origin
    from fmbstats.store.own_register import RegisterRequest

    known = found_request(store.data_folder, read_origin(store.path))
    if files:
        return replace(known or RegisterRequest(()), files=files)
    if known is None:
        raise SourceError(
            "The store was built from no register of certificates. Name one with --register FILE."
        )
    return known


def _entry(store, name: str) -> tuple[str, str]:
    """Return the one entry of a name, and what it is called."""
    entries = store.diagnosis(name).recommendation.entries
    if len(entries) != 1:
        listed = ", ".join(entries["slug"]) or "none"
        raise NotEstimableError(f"{name} belongs to several entries ({listed}). Name one.")
    return entries["entry_id"].iloc[0], entries["name"].iloc[0]


def _entries(store, path: Path) -> list[str]:
    from fmbstats.sources.textfiles import read_text

    if not path.is_file():
        raise SourceError(f"{path}: no such file. Give 'chapter' or a file of entries.")
    names = [line.strip() for line in read_text(path).splitlines() if line.strip()]
    return [_entry(store, name)[0] for name in names]


def _say(store, language: str, lines: list[str]) -> None:
    """Print lines, the notice of synthetic data before them."""
    from fmbstats.words import phrase

    notice = [phrase("evaluation.synthetic", language)] if store.settings.is_synthetic else []
    click.echo("\n".join([*notice, *lines]))


def _write(to: Path | None, table: pd.DataFrame) -> None:
    if to is not None:
        write_text(to, table.to_csv(index=False))

"""fmbstats evaluate: whether a revision or a roll-out changed sick leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fmbstats.atomic import replacing, write_text
from fmbstats.cli.common import (
    FOUND,
    Day,
    NewFile,
    NewFolder,
    data_option,
    language_option,
    protected,
    store_option,
)
from fmbstats.cli.ready import ready_store
from fmbstats.words.refused import RefusedFile, refusing_in

if TYPE_CHECKING:
    import pandas as pd

    from fmbstats.store.own_register import RegisterRequest

_TABLE = click.option("--to", type=NewFile(), help="Also write the numbers as CSV.")
_DESPITE = click.option(
    "--despite-rivals",
    is_flag=True,
    help="Tell the effect although another event fell within two years of the revision.",
)


_PAGE = click.option("--page", type=NewFile(), help="Also write a page (HTML).")
_FOLDER = click.option(
    "--folder",
    type=NewFolder(),
    help="Also make a folder of pages and notebooks that may leave; 'fmbstats gate' judges it.",
)
_PROTECTED = protected("what is told")


def _told_of(command: Callable) -> Callable:
    """Add in which language and of which store an evaluation tells, and where its numbers go."""
    for option in (store_option, data_option, _TABLE, language_option):
        command = option(command)
    return command


@click.group()
def evaluate() -> None:
    """Evaluate revisions, roll-outs, drift of diagnoses, and certificates.

    Numbers come from protected counts, as in 'report'; with --internal they are exact.
    """


@evaluate.command()
@click.argument("name")
@click.option("--date", "day", required=True, type=Day(), help="First day of the revision.")
@click.option("--limit", "limit_days", type=click.IntRange(1, 3650), help="Days held fixed.")
@click.option(
    "--controls",
    default="chapter",
    show_default=True,
    help="'chapter', or a file with an entry id or slug per line.",
)
@_DESPITE
@_PAGE
@_FOLDER
@_PROTECTED
@_told_of
def revision(
    name, day, limit_days, controls, despite_rivals, page, folder, threshold, language,
    to, data, store_path,
) -> None:  # fmt: skip
    """Evaluate the revision of NAME: a code, an FMB entry's id or its slug."""
    import pandas as pd

    from fmbstats.batch.evaluations import make_evaluations
    from fmbstats.pages.evaluation import revision_of
    from fmbstats.results.evaluation import Writer, revision_row, revision_sentences
    from fmbstats.words.refused import Refused

    with refusing_in(language), ready_store(data, store_path) as store:
        listed = "" if controls == "chapter" else _listed(store, Path(controls))
        made = revision_of(
            store, name, day, language=language, threshold=threshold, limit_days=limit_days or 0,
            controls=listed, despite_rivals=despite_rivals,
        )  # fmt: skip
        if isinstance(made.found, Refused):
            raise made.found
        _say(store, language, revision_sentences(made.found, Writer(language)))
        _write(to, pd.DataFrame([revision_row(made.found)]))
        if page is not None:
            write_text(page, made.whole())
        if folder is not None:
            click.echo(make_evaluations(store, [made], folder, language, threshold).text())


@evaluate.command()
@click.option("--edition", required=True, help="Edition that first told of the revisions.")
@_DESPITE
@_FOLDER
@_PROTECTED
@_told_of
def revisions(edition, despite_rivals, folder, threshold, language, to, data, store_path) -> None:
    """Evaluate every revision that an edition brought, with q-values."""
    import numpy as np
    import pandas as pd

    from fmbstats import words
    from fmbstats.batch.evaluations import make_evaluations
    from fmbstats.pages.evaluation import revision_of
    from fmbstats.release import store_for
    from fmbstats.results.evaluation import Writer, revision_row, revision_sentences
    from fmbstats.stats.multiplicity import benjamini_hochberg
    from fmbstats.store import lookups
    from fmbstats.words.refused import Refused

    with refusing_in(language), ready_store(data, store_path) as store:
        revised = lookups.revised_on(store, edition)
        if not revised:
            raise Refused("edition", edition=edition)
        source, rows, said, pages = store_for(store, threshold), [], [], []
        for entry_id, _, day in revised:
            made = revision_of(
                source, entry_id, day, language=language, threshold=threshold,
                despite_rivals=despite_rivals,
            )  # fmt: skip
            pages.append(made)
            if isinstance(made.found, Refused):
                said.append(made.found.text(language))
                continue
            rows.append(revision_row(made.found))
            said.append(revision_sentences(made.found, Writer(language))[0])
        q = benjamini_hochberg(np.array([row["p_value"] for row in rows], float))
        rows = [row | {"q_value": float(value)} for row, value in zip(rows, q, strict=True)]
        _say(store, language, said)
        for row in rows:
            if row["q_value"] == row["q_value"]:
                p, q = (words.number(row[name], 3, language) for name in ("p_value", "q_value"))
                click.echo(f"{row['title']}: p = {p}, q = {q}")
        _write(to, pd.DataFrame(rows))
        if folder is not None:
            click.echo(make_evaluations(store, pages, folder, language, threshold).text())


@evaluate.command()
@_FOLDER
@_PROTECTED
@_told_of
def drift(folder, threshold, language, to, data, store_path) -> None:
    """Evaluate whether diagnoses with longer limits become commoner, and where."""
    import pandas as pd

    from fmbstats.batch.evaluations import make_evaluations
    from fmbstats.pages.drift import drift_of
    from fmbstats.results.evaluation import Writer, drift_sentences
    from fmbstats.words.refused import Refused

    with refusing_in(language), ready_store(data, store_path) as store:
        made = drift_of(store, language=language, threshold=threshold)
        if isinstance(made.found, Refused):
            raise made.found
        _say(store, language, drift_sentences(made.found, Writer(language)))
        frames = {"year": made.found.years, "county": made.found.counties}
        table = pd.concat([frame.assign(by=by) for by, frame in frames.items()])
        _write(to, table)
        if folder is not None:
            click.echo(make_evaluations(store, [made], folder, language, threshold).text())


@evaluate.command()
@click.option(
    "--dates",
    "dates_path",
    required=True,
    type=FOUND,
    help="CSV: county_code, first_date and, if wanted, kind.",
)
@click.option("--draws", default=999, show_default=True, type=click.IntRange(99, 99_999))
@_PAGE
@_FOLDER
@_PROTECTED
@_told_of
def rollout(dates_path, draws, page, folder, threshold, language, to, data, store_path) -> None:
    """Evaluate a reform that reached the counties on the dates of a file."""
    from fmbstats.batch.evaluations import make_evaluations
    from fmbstats.evaluate.rollout import read_dates
    from fmbstats.pages.rollout import rollout_of
    from fmbstats.results.evaluation import Writer
    from fmbstats.results.rollout import rollout_frame, rollout_sentences
    from fmbstats.sources.outside import read_outside
    from fmbstats.store import lookups
    from fmbstats.words.refused import Refused

    with refusing_in(language), ready_store(data, store_path) as store:
        dates = read_outside(read_dates, dates_path)
        made = rollout_of(store, dates, language=language, threshold=threshold, draws=draws)
        if isinstance(made.found, Refused):
            raise made.found
        _say(store, language, rollout_sentences(made.found, Writer(language)))
        names = {entry: name for entry, _, name in lookups.entry_names(store)}
        _write(to, rollout_frame(made.found, names))
        if page is not None:
            write_text(page, made.whole())
        if folder is not None:
            click.echo(make_evaluations(store, [made], folder, language, threshold).text())


@evaluate.command()
@click.argument("name", required=False)
@click.option(
    "--register",
    "files",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="Certificates, once per file [default: those that the store was built from].",
)
@click.option("--by", help="entry, renewed, county, profession, speciality, year or month.")
@click.option(
    "--ledger",
    type=NewFile(),
    help="Also write the counts of certificates (Parquet): protected, exact with --internal.",
)
@_FOLDER
@_PROTECTED
@_told_of
def certificates(
    name, files, by, ledger, folder, threshold, language, to, data, store_path
) -> None:
    """Evaluate how FMB is used when certificates are issued, of NAME or of all diagnoses."""
    from fmbstats import words
    from fmbstats.batch.evaluations import make_evaluations
    from fmbstats.pages.certificates import certificates_of_store, ready_certificates
    from fmbstats.release.certificates import released_certificates
    from fmbstats.results import certificates as results
    from fmbstats.results.evaluation import Writer
    from fmbstats.words import phrase

    if threshold is None and folder is not None and files:
        raise click.UsageError("--internal --folder tells of the store's own certificates alone.")
    with refusing_in(language), ready_store(data, store_path) as store:
        counted, n_rejected = ready_certificates(store, threshold, _named(files, store))
        made = certificates_of_store(
            store, counted, name or "", language=language, threshold=threshold
        )  # fmt: skip
        shares = made.found.shares(by)
        sentences = results.certificate_sentences(made.found, made.name, Writer(language))
        _say(store, language, sentences)
        if n_rejected:
            click.echo(
                phrase("certificates.rejected", language, n=words.count(n_rejected, language))
            )
        click.echo("\n".join(results.certificate_lines(shares, by, made.found.titles, language)))
        _write(to, shares)
        if ledger is not None:
            with replacing(ledger) as draft:
                released_certificates(counted.counts, counted.effects).write_parquet(draft)
        if folder is not None:
            click.echo(make_evaluations(store, [made], folder, language, threshold).text())


def _named(files: tuple[Path, ...], store) -> RegisterRequest | None:
    """Return the certificates that were named, read as those that the store was built from."""
    from fmbstats.store.opening import read_origin
    from fmbstats.store.own_register import RegisterRequest, found_request

    if not files:
        return None
    known = found_request(store.data_folder, read_origin(store.path))
    return replace(known or RegisterRequest(()), files=files)


def _listed(store, path: Path) -> str:
    """Return the entry ids that a file names, by commas."""
    from fmbstats.diagnosis.objects import entries_named
    from fmbstats.evaluate.rollout import own_text

    if not path.is_file():
        raise RefusedFile("file_missing", file=path)
    return ",".join(entries_named(store, own_text(path).splitlines()))


def _say(store, language: str, lines: list[str]) -> None:
    """Print lines, the notice of synthetic data before them."""
    from fmbstats.words import phrase

    notice = [phrase("evaluation.synthetic", language)] if store.settings.is_synthetic else []
    click.echo("\n".join([*notice, *lines]))


def _write(to: Path | None, table: pd.DataFrame) -> None:
    from fmbstats.tables import csv_frame

    if to is not None:
        write_text(to, csv_frame(table).to_csv(index=False))

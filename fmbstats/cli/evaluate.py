"""fmbstats evaluate: whether a revision or a roll-out changed sick leave."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from fmbstats.words.refused import Refused, RefusedFile, refusing_in

if TYPE_CHECKING:
    import pandas as pd

    from fmbstats.diagnosis.objects import Workbench
    from fmbstats.pages.evaluation import EvaluationPage
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


@dataclass(frozen=True)
class _Asked:
    """In which language and of which store an evaluation tells, and where its numbers go."""

    language: str
    threshold: int | None
    to: Path | None
    folder: Path | None
    data: Path | None
    store_path: Path | None
    page: Path | None = None

    @property
    def protection(self) -> dict[str, Any]:
        """What every page takes."""
        return {"language": self.language, "threshold": self.threshold}

    @contextmanager
    def store(self) -> Iterator[Workbench]:
        """Open the store; what is refused while it is open is said in the language."""
        with refusing_in(self.language), ready_store(self.data, self.store_path) as store:
            yield store

    def tell(
        self, store: Workbench, lines: list[str], table: pd.DataFrame,
        pages: Sequence[EvaluationPage],
    ) -> None:  # fmt: skip
        """Print lines, the notice of synthetic data before them; write table, page and folder."""
        from fmbstats.tables import csv_frame
        from fmbstats.words import phrase

        is_synthetic = store.settings.is_synthetic
        notice = [phrase("evaluation.synthetic", self.language)] if is_synthetic else []
        click.echo("\n".join([*notice, *lines]))
        if self.to is not None:
            write_text(self.to, csv_frame(table).to_csv(index=False))
        if self.page is not None:
            write_text(self.page, pages[0].whole())
        if self.folder is not None:
            from fmbstats.batch.evaluations import make_evaluations

            done = make_evaluations(store, pages, self.folder, self.language, self.threshold)
            click.echo(done.text())


def _told_of(command: Callable) -> Callable:
    """Add the options that all evaluations have; they arrive as one `asked`."""

    @functools.wraps(command)
    def wrapped(**given: Any) -> Any:
        own = {field.name for field in fields(_Asked)} & given.keys()
        return command(asked=_Asked(**{name: given.pop(name) for name in own}), **given)

    for option in (store_option, data_option, _TABLE, language_option):
        wrapped = option(wrapped)
    return _FOLDER(protected("what is told")(wrapped))


def _found(made: EvaluationPage) -> Any:
    """Return what a page found; Refused where it found nothing."""
    if isinstance(made.found, Refused):
        raise made.found
    return made.found


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
@_told_of
def revision(asked, name, day, limit_days, controls, despite_rivals) -> None:
    """Evaluate the revision of NAME: a code, an FMB entry's id or its slug."""
    import pandas as pd

    from fmbstats.pages.evaluation import revision_of
    from fmbstats.results.evaluation import Writer, revision_row, revision_sentences

    with asked.store() as store:
        listed = "" if controls == "chapter" else _listed(store, Path(controls))
        made = revision_of(
            store, name, day, limit_days=limit_days or 0, controls=listed,
            despite_rivals=despite_rivals, **asked.protection,
        )  # fmt: skip
        said = revision_sentences(_found(made), Writer(asked.language))
        asked.tell(store, said, pd.DataFrame([revision_row(made.found)]), [made])


@evaluate.command()
@click.option("--edition", required=True, help="Edition that first told of the revisions.")
@_DESPITE
@_told_of
def revisions(asked, edition, despite_rivals) -> None:
    """Evaluate every revision that an edition brought, with q-values."""
    import numpy as np
    import pandas as pd

    from fmbstats import words
    from fmbstats.pages.evaluation import revision_of
    from fmbstats.release import store_for
    from fmbstats.results.evaluation import Writer, revision_row, revision_sentences
    from fmbstats.stats.multiplicity import benjamini_hochberg
    from fmbstats.store import lookups

    language = asked.language
    with asked.store() as store:
        revised = lookups.revised_on(store, edition)
        if not revised:
            raise Refused("edition", edition=edition)
        source, rows, said, pages = store_for(store, asked.threshold), [], [], []
        for entry_id, _, day in revised:
            made = revision_of(
                source, entry_id, day, despite_rivals=despite_rivals, **asked.protection
            )
            pages.append(made)
            if isinstance(made.found, Refused):
                said.append(made.found.text(language))
                continue
            rows.append(revision_row(made.found))
            said.append(revision_sentences(made.found, Writer(language))[0])
        q = benjamini_hochberg(np.array([row["p_value"] for row in rows], float))
        rows = [row | {"q_value": float(value)} for row, value in zip(rows, q, strict=True)]
        for row in rows:
            if row["q_value"] == row["q_value"]:
                p, q = (words.number(row[name], 3, language) for name in ("p_value", "q_value"))
                said.append(f"{row['title']}: p = {p}, q = {q}")
        asked.tell(store, said, pd.DataFrame(rows), pages)


@evaluate.command()
@_told_of
def drift(asked) -> None:
    """Evaluate whether diagnoses with longer limits become commoner, and where."""
    import pandas as pd

    from fmbstats.pages.drift import drift_of
    from fmbstats.results.evaluation import Writer, drift_sentences

    with asked.store() as store:
        made = drift_of(store, **asked.protection)
        said = drift_sentences(_found(made), Writer(asked.language))
        frames = {"year": made.found.years, "county": made.found.counties}
        table = pd.concat([frame.assign(by=by) for by, frame in frames.items()])
        asked.tell(store, said, table, [made])


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
@_told_of
def rollout(asked, dates_path, draws) -> None:
    """Evaluate a reform that reached the counties on the dates of a file."""
    from fmbstats.evaluate.rollout import read_dates
    from fmbstats.pages.rollout import rollout_of
    from fmbstats.results.evaluation import Writer
    from fmbstats.results.rollout import rollout_frame, rollout_sentences
    from fmbstats.sources.outside import read_outside
    from fmbstats.store import lookups

    with asked.store() as store:
        dates = read_outside(read_dates, dates_path)
        made = rollout_of(store, dates, draws=draws, **asked.protection)
        said = rollout_sentences(_found(made), Writer(asked.language))
        names = {entry: name for entry, _, name in lookups.entry_names(store)}
        asked.tell(store, said, rollout_frame(made.found, names), [made])


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
@_told_of
def certificates(asked, name, files, by, ledger) -> None:
    """Evaluate how FMB is used when certificates are issued, of NAME or of all diagnoses."""
    from fmbstats import words
    from fmbstats.pages.certificates import certificates_of_store, ready_certificates
    from fmbstats.release.certificates import released_certificates
    from fmbstats.results import certificates as results
    from fmbstats.results.evaluation import Writer
    from fmbstats.words import phrase

    if asked.threshold is None and asked.folder is not None and files:
        raise click.UsageError("--internal --folder tells of the store's own certificates alone.")
    language = asked.language
    with asked.store() as store:
        counted, n_rejected = ready_certificates(store, asked.threshold, _named(files, store))
        made = certificates_of_store(store, counted, name or "", **asked.protection)
        shares = made.found.shares(by)
        said = results.certificate_sentences(made.found, made.name, Writer(language))
        if n_rejected:
            n = words.count(n_rejected, language)
            said.append(phrase("certificates.rejected", language, n=n))
        said += results.certificate_lines(shares, by, made.found.titles, language)
        if ledger is not None:
            with replacing(ledger) as draft:
                released_certificates(counted.counts, counted.effects).write_parquet(draft)
        asked.tell(store, said, shares, [made])


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

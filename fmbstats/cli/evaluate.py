"""fmbstats evaluate: whether a revision or a roll-out changed sick leave."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fmbstats.atomic import write_text
from fmbstats.cli.browse import language_option
from fmbstats.cli.common import data_option, store_option
from fmbstats.cli.ready import ready_store
from fmbstats.errors import NotEstimableError, SourceError

if TYPE_CHECKING:
    import pandas as pd

_TABLE = click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), help="Also write the numbers as CSV."
)
_DAY = click.DateTime(["%Y-%m-%d"])


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
@language_option
@_TABLE
@data_option
@store_option
def revision(name, day, limit_days, controls, language, to, data, store_path) -> None:
    """Evaluate the revision of NAME: a code, an FMB entry's id or its slug."""
    import pandas as pd

    from fmbstats.evaluate.revision import evaluate_revision
    from fmbstats.results.evaluation import revision_row, revision_sentences

    with ready_store(data, store_path) as store:
        entry_id, title = _entry(store, name)
        listed = None if controls == "chapter" else _entries(store, Path(controls))
        found = evaluate_revision(
            store, entry_id, title, day.date(), limit_days=limit_days, controls=listed
        )
        click.echo("\n".join(revision_sentences(found, language)))
        _write(to, pd.DataFrame([revision_row(found)]))


@evaluate.command()
@click.option("--edition", required=True, help="Edition that first told of the revisions.")
@language_option
@_TABLE
@data_option
@store_option
def revisions(edition, language, to, data, store_path) -> None:
    """Evaluate every revision that an edition brought, with q-values."""
    import numpy as np
    import pandas as pd

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
                found = evaluate_revision(store, entry_id, title, day)
            except NotEstimableError as refusal:
                said.append(str(refusal))
                continue
            rows.append(revision_row(found))
            said.append(revision_sentences(found, language)[0])
        q = benjamini_hochberg(np.array([row["p_value"] for row in rows]))
        rows = [row | {"q_value": float(value)} for row, value in zip(rows, q, strict=True)]
        click.echo("\n".join(said))
        for row in rows:
            click.echo(f"{row['title']}: p = {row['p_value']:.3f}, q = {row['q_value']:.3f}")
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
        click.echo("\n".join(rollout_sentences(found, language)))
        _write(to, rollout_frame(found))


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


def _write(to: Path | None, table: pd.DataFrame) -> None:
    if to is not None:
        write_text(to, table.to_csv(index=False))

"""fmbstats synth: a synthetic register in any of the input formats."""

from __future__ import annotations

from pathlib import Path

import click

from fmbstats.cli.common import NewFile, NewFolder, Share, data_option, find_data

FORMATS = ("spells", "spells-parquet", "midas", "certificates")


@click.command()
@click.option("--spells", "n_spells", type=click.IntRange(100), default=600_000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--to", type=NewFile(), required=True, help="File to write.")
@click.option(
    "--format",
    "layout",
    type=click.Choice(FORMATS),
    default="spells",
    show_default=True,
    help="Format of the file, one of those that can be read.",
)
@click.option(
    "--faults",
    "share_faults",
    type=Share(0, 0.5),
    default=0.0,
    show_default=True,
    help="Share of faulty rows added: repetitions and rows to reject.",
)
@click.option(
    "--drift",
    "coding_drift",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Share of some short-limit diagnoses that are coded as long-limit ones in the last year.",
)
@click.option(
    "--effect",
    "rollout_effect",
    type=Share(-1, 1),
    default=0.0,
    show_default=True,
    help="Log-hazard ratio of digital FMB where (invented) it is in use; 0.1 ends spells sooner.",
)
@click.option(
    "--end-reason/--no-end-reason",
    "with_end_reason",
    default=True,
    help="Whether the plain table tells why a spell ended (the other formats never do).",
)
@click.option(
    "--motivated",
    type=Share(0, 1),
    help="Certificates: share of those planned over the recommendation that give a reason.",
)
@click.option(
    "--icf-recall",
    type=Share(0, 1),
    help="Certificates: share of FMB's ICF codes that they give.",
)
@click.option(
    "--cases",
    type=NewFolder(),
    help="Folder for the true case of every spell (truth.csv), with evidence.csv and rules.csv: "
    "what 'build --evidence' and data_raw/rules take.",
)
@data_option
def synth(
    data: Path | None, to: Path, n_spells: int, seed: int, motivated, icf_recall, **options
) -> None:
    """Write a synthetic register: lengths as published where they are, invented elsewhere."""
    from fmbstats.synth import SynthSettings
    from fmbstats.synth.issue import IssueLaw
    from fmbstats.synth.writers import write_register

    options["issue"] = IssueLaw(motivated, icf_recall)
    n_rows = write_register(to, data_raw=find_data(data), n_spells=n_spells, seed=seed, **options)
    extraction = SynthSettings().extraction_date.isoformat()
    click.echo(
        f"{to}: {n_rows:,} rows of {n_spells:,} SYNTHETIC spells (seed {seed}); "
        f"known to {extraction}, its extraction date."
    )

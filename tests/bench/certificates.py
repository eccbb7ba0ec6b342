"""Are planted shares of motivated certificates and of ICF recall found, and covered?

Draws registers of certificates with known shares and evaluates them, from exact and from protected
counts (``python tests/bench/certificates.py [SEEDS]``); writes certificates.csv beside itself.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

import pandas as pd

from fmbstats.evaluate.certificates import CertificateUse, Issued, count_certificates
from fmbstats.release.certificates import (
    about_certificates,
    most_of_one,
    protected_certificates,
    released_certificates,
)
from fmbstats.settings import SETTINGS
from fmbstats.sources.registers.certificates import CertificateSettings, read_certificates
from fmbstats.store.issued import ALL
from fmbstats.store.recommended import read_recommended
from fmbstats.synth.issue import IssueLaw
from fmbstats.synth.writers import write_register

HERE = Path(__file__).parent
DATA_RAW = HERE.parents[1] / "data_raw"
TRUTH = {"motivated_over_longest": 0.3, "icf_recall": 0.4, "icf_recall_central": 0.4}
#: Not planted: held against the exact share of the same register.
HELD = ("planned_over_longest", "planned_over_shortest", "icf_precision")
N_SPELLS = 3000


def protected(issued: Issued, secret: str) -> CertificateUse:
    """Return what follows from protected counts."""
    counted = issued.counted((ALL,), secret=secret, most=most_of_one(SETTINGS.threshold))
    frame = released_certificates(*protected_certificates(*counted, SETTINGS.threshold))
    about = about_certificates(SETTINGS.threshold, issued.missing, "")
    return CertificateUse.of_released(frame, about)


def main(n_seeds: int) -> None:
    """Draw, evaluate, and count how often the interval holds the truth."""
    recommended, found = read_recommended(DATA_RAW), {"exact": [], "protected": []}
    law = IssueLaw(TRUTH["motivated_over_longest"], TRUTH["icf_recall"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificates.csv"
        for seed in range(n_seeds):
            write_register(
                path, data_raw=DATA_RAW, n_spells=N_SPELLS, seed=seed, layout="certificates",
                issue=law,
            )  # fmt: skip
            rows = read_certificates([path], CertificateSettings(date(2019, 6, 30))).rows
            issued = count_certificates(rows, recommended, gap_days=5)
            exact = CertificateUse(*issued.counted((ALL,)), issued.missing, "", {})
            for kind, use in (("exact", exact), ("protected", protected(issued, str(seed)))):
                shares = use.shares().set_index("measure")
                found[kind].append(shares.loc[[*TRUTH, *HELD]].astype({"estimate": float}))
    table = [_row(measure, kind, found) for measure in (*TRUTH, *HELD) for kind in found]
    result = pd.DataFrame(table)
    result.to_csv(HERE / "certificates.csv", index=False)
    print(result.to_string(index=False))


def _row(measure: str, kind: str, found: dict[str, list[pd.DataFrame]]) -> dict[str, object]:
    rows, exact = (pd.DataFrame([f.loc[measure] for f in found[k]]) for k in (kind, "exact"))
    estimate, half = rows["estimate"], (exact["hi"] - exact["lo"]).astype(float) / 2
    truth = TRUTH.get(measure, exact["estimate"])
    error = (estimate - exact["estimate"]).abs() / half
    return {
        "measure": measure,
        "counts": kind,
        "truth": TRUTH.get(measure, "exact"),
        "seeds": len(rows),
        "mean": round(estimate.mean(), 4),
        "bias_in_se": round(float((estimate - truth).mean() / estimate.std()), 3),
        "coverage": round(float(((rows["lo"] <= truth) & (truth <= rows["hi"])).mean()), 3),
        "width": round(float((rows["hi"] - rows["lo"]).mean()), 4),
        "error_median": round(float(error.median()), 3),
        "error_95": round(float(error.quantile(0.95)), 3),
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)

"""Are planted shares of motivated certificates and of ICF recall found, and covered?

Draws registers of certificates with known shares and evaluates them (``python
tests/bench/certificates.py [SEEDS]``); writes certificates.csv beside itself.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from fmbstats.evaluate.certificates import count_certificates
from fmbstats.sources.registers.certificates import CertificateSettings, read_certificates
from fmbstats.store.recommended import read_recommended
from fmbstats.synth.issue import IssueLaw
from fmbstats.synth.writers import write_register

HERE = Path(__file__).parent
DATA_RAW = HERE.parents[1] / "data_raw"
TRUTH = {"motivated_over_longest": 0.3, "icf_recall": 0.4, "icf_recall_central": 0.4}
N_SPELLS = 3000


def main(n_seeds: int) -> None:
    """Draw, evaluate, and count how often the interval holds the truth."""
    recommended, found = read_recommended(DATA_RAW), []
    law = IssueLaw(TRUTH["motivated_over_longest"], TRUTH["icf_recall"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificates.csv"
        for seed in range(n_seeds):
            write_register(
                path, data_raw=DATA_RAW, n_spells=N_SPELLS, seed=seed, layout="certificates",
                issue=law,
            )  # fmt: skip
            rows = read_certificates([path], CertificateSettings(date(2019, 6, 30))).rows
            use = count_certificates(rows, recommended, gap_days=5)
            found.append(use.shares().set_index("measure").loc[list(TRUTH)])
    table = []
    for measure, truth in TRUTH.items():
        rows = pd.DataFrame([f.loc[measure] for f in found])
        estimate = rows["estimate"].astype(float)
        table.append(
            {
                "measure": measure,
                "truth": truth,
                "seeds": len(rows),
                "mean": round(estimate.mean(), 4),
                "bias_in_se": round((estimate.mean() - truth) / estimate.std(), 3),
                "coverage": round(float(((rows["lo"] <= truth) & (truth <= rows["hi"])).mean()), 3),
                "width": round(float(np.mean(rows["hi"] - rows["lo"])), 4),
            }
        )
    result = pd.DataFrame(table)
    result.to_csv(HERE / "certificates.csv", index=False)
    print(result.to_string(index=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)

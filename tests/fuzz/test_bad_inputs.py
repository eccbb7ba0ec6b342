"""Bad input of every kind through the command line: read or told, and nothing is lost.

``tests/bench/bad_inputs.py`` runs all of it; here, as much as a budget of time allows, a case of
every kind in turn.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from itertools import chain, zip_longest

import pytest
from bad_inputs import KINDS, cases_of, make_good, run_case

SECONDS = float(os.environ.get("FMBSTATS_TEST_FUZZ_SECONDS", "200"))


@pytest.mark.slow
def test_bad_inputs_are_read_or_told(warm, tmp_path, record_property):
    folder = tmp_path / "good"
    folder.mkdir()
    good = make_good(folder)
    by_kind = []
    for name in KINDS:
        cases = [(name, case) for case in cases_of(name, good)]
        random.Random(name).shuffle(cases)
        by_kind.append(cases)
    tried, lost, end = Counter(), [], time.monotonic() + SECONDS
    for name, case in filter(None, chain.from_iterable(zip_longest(*by_kind))):
        outcome = run_case(case, good, tmp_path / "case")
        tried[name] += 1
        if outcome.fault:
            lost.append((name, case.what, outcome.fault, outcome.ended.said[-500:]))
        # One of every kind at the least, however slow the machine.
        if time.monotonic() > end and len(tried) == len(KINDS):
            break
    record_property("tried", dict(tried))
    print(sum(tried.values()), "bad inputs of", len(tried), "kinds")
    assert lost == []

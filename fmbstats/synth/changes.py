"""What happens within a spell: steps of degree and changes of diagnosis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from fmbstats.synth.persons import DEGREES_PCT

if TYPE_CHECKING:
    from fmbstats.synth.catalogue import Catalogue


#: Drawn spells as arrays of one length, by name; `code` is a row of the catalogue. With changes
#: also `code_last`, `change_day`, `degree_days` and `later_degrees`: the later codes and degrees,
#: and the last day before each change.
Drawn = dict[str, np.ndarray]

# No step comes earlier: an employee's first two weeks are not in the register.
FIRST_STEP_DAY = 20
SHORTEST_WITH_STEPS_DAYS = 45
SHARE_STEPS = 0.4
SHARE_SECOND_STEP = 0.4
SHARE_CHANGES = 0.12
# Candidates per code for the diagnosis after a change.
N_SUCCESSORS = 3
NEVER = 1_000_000


def add_changes(rng: np.random.Generator, drawn: Drawn, catalogue: Catalogue) -> Drawn:
    """Add steps of degree (full to half, half to quarter …) and changes of diagnosis."""
    n = len(drawn["code"])
    is_long = drawn["length"] >= SHORTEST_WITH_STEPS_DAYS
    has_change = is_long & (rng.random(n) < SHARE_CHANGES)
    successors = successor_table(catalogue)
    code_last = successors[drawn["code"], rng.integers(0, N_SUCCESSORS, n)]
    has_change &= code_last != drawn["code"]
    change_day = np.where(has_change, step_day(rng, drawn["length"], 0.2, 0.8), NEVER)

    # DEGREES_PCT falls by place: a step down is a higher place.
    first = is_long & (drawn["degree"] < 3) & (rng.random(n) < SHARE_STEPS)
    middle = np.where(drawn["degree"] < 2, 2, 3)
    second = first & (middle == 2) & (rng.random(n) < SHARE_SECOND_STEP)
    first_day = np.where(first, step_day(rng, drawn["length"], 0.4, 0.7), NEVER)
    second_day = np.where(second, first_day + (drawn["length"] - first_day) // 2, NEVER)
    return drawn | {
        "code_last": code_last,
        "change_day": change_day,
        "degree_days": np.stack([first_day, second_day], axis=1),
        "later_degrees": np.stack([middle, np.full(n, 3)], axis=1).astype(np.int8),
    }


def step_day(rng: np.random.Generator, length: np.ndarray, low: float, high: float) -> np.ndarray:
    """Last day before a step, between two shares of the length."""
    day = np.floor(length * rng.uniform(low, high, len(length))).astype(np.int64)
    return np.maximum(day, FIRST_STEP_DAY)


def successor_table(catalogue: Catalogue) -> np.ndarray:
    """Three likely later codes per code: the largest of its category, then of its chapter."""
    codes = catalogue.codes.with_row_index("row").sort("share", descending=True)
    names, rows = codes["code"].to_list(), codes["row"].to_list()
    table = np.empty((len(names), N_SUCCESSORS), np.int64)
    for name, row in zip(names, rows, strict=True):
        # Same category first, then same chapter letter; each in the order by share.
        alike = [i for i, other in enumerate(names) if other[0] == name[0] and other != name]
        near = [i for i in alike if names[i][:3] == name[:3]]
        near += [i for i in alike if names[i][:3] != name[:3]]
        chosen = [rows[i] for i in near[:N_SUCCESSORS]] or [row]
        table[row] = [chosen[k % len(chosen)] for k in range(N_SUCCESSORS)]
    return table


def segments_frame(drawn: Drawn, spells: pl.DataFrame) -> pl.DataFrame:
    """Degree segments: spell_id, from_day, to_day, degree_pct, code, sorted by the first two."""
    ends = np.concatenate([drawn["degree_days"], drawn["change_day"][:, None]], axis=1)
    is_plain = (ends >= drawn["observed"][:, None]).all(axis=1)
    ids = spells["spell_id"].to_numpy()
    plain = pl.DataFrame(
        {
            "spell_id": ids[is_plain],
            "from_day": np.ones(is_plain.sum(), np.int32),
            "to_day": drawn["observed"][is_plain],
            "degree_pct": np.array(DEGREES_PCT, np.int8)[drawn["degree"][is_plain]],
            "code": spells["code"].filter(pl.Series(is_plain)),
        }
    )
    stepped = stepped_segments(drawn, spells, np.flatnonzero(~is_plain), ends)
    return pl.concat([plain, stepped]).sort("spell_id", "from_day")


def stepped_segments(
    drawn: Drawn, spells: pl.DataFrame, rows: np.ndarray, ends: np.ndarray
) -> pl.DataFrame:
    """Segments of the spells with at least one step or change in sight."""
    observed = drawn["observed"][rows][:, None]
    to_day = np.sort(np.minimum(np.concatenate([ends[rows], observed], axis=1), observed), axis=1)
    from_day = np.concatenate([np.zeros_like(observed), to_day[:, :-1]], axis=1) + 1
    days = drawn["degree_days"][rows]
    later = drawn["later_degrees"][rows]
    degree = np.where(from_day > days[:, :1], later[:, :1], drawn["degree"][rows][:, None])
    degree = np.where(from_day > days[:, 1:], later[:, 1:], degree)
    is_later = from_day > drawn["change_day"][rows][:, None]
    keep = from_day <= to_day
    first, last = spells["code"].gather(rows), spells["code_last"].gather(rows)
    place = np.broadcast_to(np.arange(len(rows))[:, None], keep.shape)[keep]
    return pl.DataFrame(
        {
            "spell_id": spells["spell_id"].gather(rows).gather(place),
            "from_day": from_day[keep].astype(np.int32),
            "to_day": to_day[keep].astype(np.int32),
            "degree_pct": np.array(DEGREES_PCT, np.int8)[degree[keep]],
            "code": pl.Series(is_later[keep])
            .to_frame("later")
            .select(pl.when("later").then(last.gather(place)).otherwise(first.gather(place)))
            .to_series(),
        }
    )

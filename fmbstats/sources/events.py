"""The table of events that rival a recommendation as the cause of a change: its contract."""

from __future__ import annotations

from fmbstats.sources.registers.contracts import Column, Contract

CONTRACT = Contract(
    name="events",
    title="events that may rival a recommendation as the cause of a change",
    columns=(
        Column("key", "text", "id"),
        Column("date", "date", "date"),
        Column("name_sv", "text", "none"),
        Column("name_en", "text", "none"),
        Column("concerns", "text", "none"),
        Column("is_rival", "text", "none", ("yes", "no")),
        Column("source", "text", "none"),
    ),
    key=("key",),
    is_empty_allowed=True,
)
CONTRACTS = (CONTRACT,)

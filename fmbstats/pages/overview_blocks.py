"""A long table parted by groups, and numbers as the overview writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fmbstats import tables, words
from fmbstats.pages.blocks import TableBlock

_START, _END = "<tbody>\n", "\n</tbody>"
_HEAD = "background:var(--pale);font-weight:600;padding-top:.6rem"
NAMES_LANGUAGE = "sv"
_INTERVAL = re.compile(r" (\([^()<>]*\d[^()<>]*\))</td>")


@dataclass(frozen=True, eq=False)
class GroupedTable(TableBlock):
    """A table with a head row before the rows of each group.

    The first column of `data` names the group; rows of one group stand together. On the page it
    becomes a row of its own that spans the table, head of its row group. Names of groups and rows
    are those of the recommendations, which are in Swedish whatever the page is in.
    """

    def html(self, language: str) -> str:
        """Return the table element."""
        shown = self.data.iloc[:, 1:]
        page = tables.html_table(shown, caption=self.caption, language=language)
        if self.data.empty:
            return page
        before, _, rest = page.partition(_START)
        body, _, after = rest.partition(_END)
        rows = body.split("\n")
        groups = list(self.data.iloc[:, 0])
        assert len(rows) == len(groups), "a table row is one line"
        bodies = "\n".join(_bodies(groups, rows, shown.shape[1]))
        if language != NAMES_LANGUAGE:
            bodies = bodies.replace("<th scope=", f'<th lang="{NAMES_LANGUAGE}" scope=')
        return before + unbroken(bodies) + after


@dataclass(frozen=True, eq=False)
class RatioTable(TableBlock):
    """A table whose intervals of confidence each stay on one line."""

    def html(self, language: str) -> str:
        """Return the table element."""
        return unbroken(super().html(language))


@dataclass(frozen=True, eq=False)
class NamedTable(RatioTable):
    """A table whose rows are named as in the recommendations, in Swedish on every page."""

    def html(self, language: str) -> str:
        """Return the table element."""
        page = super().html(language)
        if language == NAMES_LANGUAGE:
            return page
        return page.replace('<th scope="row"', f'<th lang="{NAMES_LANGUAGE}" scope="row"')


def unbroken(html: str) -> str:
    """Keep the interval at the end of a cell together on one line.

    Examples
    --------
    >>> unbroken("<td>1 (0–2)</td>")
    '<td>1 <span style="white-space:nowrap">(0–2)</span></td>'
    """
    return _INTERVAL.sub(r' <span style="white-space:nowrap">\1</span></td>', html)


def _bodies(groups: Sequence[object], rows: Sequence[str], n_columns: int) -> list[str]:
    """Part the rows into one ``tbody`` per group, each with its head."""
    parts: list[str] = []
    for k, (group, row) in enumerate(zip(groups, rows, strict=True)):
        if k == 0 or group != groups[k - 1]:
            head = (
                f'<th scope="rowgroup" colspan="{n_columns}" style="{_HEAD}">'
                f"{tables.escaped(group)}</th>"
            )
            # A head alone at the foot of a printed sheet would tell of nothing.
            first = f'<tbody>\n<tr class="group" style="break-after:avoid">{head}</tr>'
            parts += ["</tbody>", first] if parts else [first]
        parts.append(row)
    return [*parts, "</tbody>"]


def probability(p: float, language: str) -> Any:
    r"""Write a p- or q-value with three decimals, or as smaller than the smallest.

    Examples
    --------
    >>> probability(0.0301, "en"), probability(1e-9, "en")
    ('0.030', '<\xa00.001')
    """
    if p != p:
        return words.Absent.NOT_APPLICABLE
    if p < 0.001:
        return f"<{chr(0xA0)}{words.number(0.001, 3, language)}"
    return words.number(p, 3, language)

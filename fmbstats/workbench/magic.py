"""``%%sql`` on the read-only store, without any client beside our own.

    %%sql longest <<
    select code, max(duration_day) as days from mart_ledger
    where start_year = $year group by code order by days desc

``$year`` is the notebook's variable ``year``, bound as a value (never pasted into the text); with
``name <<`` the result is kept under that name instead of shown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class

from fmbstats.errors import UserError
from fmbstats.store import QueryError

if TYPE_CHECKING:
    import pandas as pd

# Strings, quoted names and comments hold no parameters.
_OPAQUE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_PARAMETER = re.compile(r"\$([A-Za-z_]\w*)")
_KEPT = re.compile(r"\s*([A-Za-z_]\w*)\s*<<\s*(.*)\Z", re.DOTALL)


@magics_class
class SqlMagic(Magics):
    """Queries on the notebook's `store`, or on the project's own when there is none."""

    @line_cell_magic
    def sql(self, line: str, cell: str | None = None) -> pd.DataFrame | None:
        """Run one read-only query and return a pandas frame.

        ``%sql select …`` on a line, ``%%sql`` over a cell; ``%%sql name <<`` keeps the result.
        """
        kept = _KEPT.match(line)
        name, rest = kept.groups() if kept else (None, line)
        query = rest if cell is None else f"{rest}\n{cell}"
        if not query.strip():
            raise UsageError("%%sql: there is no query. Write it below the line with %%sql.")
        try:
            names = dict.fromkeys(_PARAMETER.findall(_OPAQUE.sub(" ", query)))
            missing = [name for name in names if name not in self._names]
            if missing:
                raise UsageError(
                    f"%%sql: ${missing[0]} stands in the query, but the notebook has no variable "
                    f"{missing[0]}. Assign it in a cell above."
                )
            frame = self._store().sql(query, {name: _plain(self._names[name]) for name in names})
        except QueryError as problem:
            raise UsageError(f"%%sql: {problem}") from None
        if name is None:
            return frame
        self._names[name] = frame
        return None

    @property
    def _names(self) -> dict[str, Any]:
        """What the notebook's variables hold."""
        if self.shell is None:
            raise UsageError("%%sql works in IPython and notebooks alone.")
        return self.shell.user_ns

    def _store(self) -> Any:
        from fmbstats.diagnosis.objects import open_store
        from fmbstats.store import Store

        store = self._names.get("store")
        if not isinstance(store, Store):
            store = self._names["store"] = open_store()
        return store


def _plain(value: Any) -> Any:
    """A numpy number as Python's own, which is what DuckDB binds."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", None) == 0 else value


def register(shell: Any) -> None:
    """Add the magic, and show user errors as the one line that they are."""
    shell.register_magics(SqlMagic)
    shell.set_custom_exc((UserError,), _show_user_error)


def _show_user_error(shell: Any, kind: type, error: Exception, trace: Any, tb_offset=None) -> None:
    """Show a user error without its traceback: the message says what to do."""
    message = f"{kind.__name__}: {error}"
    shell._showtraceback(kind, error, [message])

"""How results look in a notebook: the house's tables inside the front end's own theme."""

from __future__ import annotations

# Two classes deep, so that it wins over JupyterLab's own rules for tables (right, centred).
STYLE = """<style>
.fmb-result .table-scroll {overflow-x: auto}
.fmb-result table.data {border-collapse: collapse; margin: .3em 0; text-align: left;
  line-height: 1.35;
  font-variant-numeric: tabular-nums}
.fmb-result table.data caption {text-align: left; font-weight: 600; padding: .2em 0}
.fmb-result table.data th, .fmb-result table.data td {text-align: left; vertical-align: top;
  padding: .25em .8em .25em .3em; border-bottom: 1px solid var(--jp-border-color2, #c9d0d8);
  max-width: 28em; white-space: normal}
.fmb-result table.data .num {text-align: right; white-space: nowrap}
.fmb-result table.data tbody th {font-weight: 500}
.fmb-result table.data td.absent {font-style: italic; opacity: .8}
</style>"""


def in_notebook(html: str) -> str:
    """Return HTML with the look of results in a notebook."""
    return f'{STYLE}<div class="fmb-result">{html}</div>'

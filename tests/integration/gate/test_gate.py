"""The release gate on real reports: clean ones pass, each planted fault is found by itself."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import zipfile
from dataclasses import replace
from html import unescape

import polars as pl
import pytest

from fmbstats.errors import UserError
from fmbstats.figures.charts import recipe
from fmbstats.figures.charts.frame import HALF, NARROW
from fmbstats.figures.svg import Say
from fmbstats.gate import run_gate
from fmbstats.gate.findings import Findings
from fmbstats.gate.inventory import open_folder
from fmbstats.gate.read_tables import read_csv
from fmbstats.gate.read_workbook import read_workbook
from fmbstats.gate.record import check_record
from fmbstats.pages import render
from fmbstats.release.margins import OF_EVALUATIONS

PERSON = "19811218-9876"  # The tax agency's own example.
PAGE, NOTEBOOK = "akut-lumbago.html", "notebooks/akut-lumbago.ipynb"
TABLE, MEASURED = "adherence.csv", "adherence.parquet"
BARE_PICTURE = '<svg class="wide syn" width="760" height="9"><path d="M0 17V3"/></svg>'
PART, VALUES = "application/vnd.fmbstats.part+json", "application/vnd.fmbstats.values+json"


@pytest.fixture
def folder(one_report, tmp_path):
    """Return a copy that a test may spoil."""
    return shutil.copytree(one_report, tmp_path / "2017")


def sealed(folder):
    """Bring the manifest's hashes up to date: the fault itself must be found, not its traces."""
    path = folder / "manifest.json"
    about = json.loads(path.read_text("utf-8"))
    for entry in about["reports"].values():
        for name in entry["files"]:
            if (folder / name).is_file():
                entry["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    path.write_text(json.dumps(about), "utf-8")


def replaced(folder, name, pattern, new, *, count=1):
    text = (folder / name).read_text("utf-8")
    spoilt, n = re.subn(pattern, lambda _: new, text, count=count)
    assert n, f"{pattern} is not in {name}"
    (folder / name).write_text(spoilt, "utf-8")


def in_page(text):
    return lambda folder: replaced(folder, PAGE, "</main>", f"{text}</main>")


def in_notebook(change):
    def plant(folder):
        path = folder / NOTEBOOK
        notebook = json.loads(path.read_text("utf-8"))
        change(notebook)
        path.write_text(json.dumps(notebook), "utf-8")

    return plant


def first_output(notebook):
    return next(c["outputs"][0] for c in notebook["cells"] if c.get("outputs"))


def output_of(notebook, **about):
    next(c for c in notebook["cells"] if c.get("outputs"))["outputs"].append(about)


def in_table(pick, column, value):
    """Change one cell of the first row of the table that `pick` takes."""

    def plant(folder):
        import pandas as pd

        table = pd.read_csv(folder / TABLE, dtype=str, keep_default_na=False)
        at = table.index[pick(table)][0]
        table.loc[at, column] = value(table, at) if callable(value) else value
        table.to_csv(folder / TABLE, index=False, lineterminator="\n")

    return plant


def in_measured(pick, column, value):
    """Change one cell of the table of all measures likewise; None: the column itself."""

    def plant(folder):
        import polars as pl

        table = pl.read_parquet(folder / MEASURED)
        at = int(pick(table.to_pandas()).to_numpy().argmax())
        if column in table.columns:
            here = pl.int_range(pl.len()) == at
            table = table.with_columns(
                pl.when(here).then(pl.lit(value)).otherwise(column).alias(column)
            )
        else:
            table = table.with_columns(pl.lit(value).alias(column))
        table.write_parquet(folder / MEASURED)

    return plant


def row(by, metric):
    def pick(table):
        found = (table["slug"] == "akut-lumbago") & (table["metric"] == metric)
        return found & (table["by"] == by)

    return pick


def redrawn(change):
    """Change what a figure is drawn from, and draw it anew: shape and recipe agree."""

    def plant(folder):
        text = (folder / PAGE).read_text("utf-8")
        figure = re.search(r'<figure id="fig-degree">.*?</figure>', text, re.DOTALL)[0]
        wide, narrow = re.findall(r"<svg.*?</svg>", figure, re.DOTALL)
        chart = recipe.read(unescape(re.search(r"data-drawn='([^']*)'", wide)[1]))
        first, second, *others = chart.rows[0].pieces
        changed = replace(chart.rows[0], pieces=[change(first, second), second, *others])
        chart = replace(chart, rows=[changed, *chart.rows[1:]])
        alt, ids = re.search(r'aria-label="([^"]*)" data-row="([^"]*)"', wide).groups()
        drawn = recipe.pictures(chart, (HALF, NARROW), Say(unescape(alt), ids), "syn")
        spoilt = figure.replace(wide, drawn[0]).replace(narrow, drawn[1])
        assert spoilt != figure
        (folder / PAGE).write_text(text.replace(figure, spoilt), "utf-8")

    return plant


def picture(svg):
    return f'<img alt="" src="data:image/svg+xml;base64,{base64.b64encode(svg).decode()}">'


def added(name, content=b""):
    def plant(folder):
        (folder / name).write_bytes(content)

    return plant


def linked(folder):
    (folder / TABLE).rename(folder.parent / "elsewhere.csv")
    (folder / TABLE).symlink_to(folder.parent / "elsewhere.csv")


def parameter(name, value):
    return in_notebook(lambda n: n["metadata"]["papermill"]["parameters"].update({name: value}))


def with_column(folder, name):
    lines = (folder / TABLE).read_text("utf-8").splitlines()
    text = "\n".join([f"{lines[0]},{name}", *(f"{line},Anna" for line in lines[1:])])
    (folder / TABLE).write_text(text + "\n", "utf-8")


def in_ledger(*, repeat=False, metadata=None, **changes):
    """Change the first row of women in the released ledger, or add a column."""

    def plant(folder):
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = folder / "ledger.parquet"
        table = pq.read_table(path)
        frame = table.to_pandas()
        at = frame.index[(frame["margin"] == "sex") & (frame["stratum"] == "women")][0]
        for name, value in changes.items():
            if name not in frame:
                frame[name] = "x"
            frame.loc[at, name] = value
        if repeat:
            frame.loc[len(frame)] = frame.loc[at]
        schema = table.schema if set(frame) == set(table.column_names) else None
        made = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
        pq.write_table(made.replace_schema_metadata(metadata), path)

    return plant


def with_gap(name):
    """Put bytes between columns and footer of a Parquet file, where no reader comes."""

    def plant(folder):
        data = (folder / name).read_bytes()
        n_foot = 8 + int.from_bytes(data[-8:-4], "little")
        (folder / name).write_bytes(data[:-n_foot] + b"Anna Andersson" + data[-n_foot:])
        assert len(pl.read_parquet(folder / name))

    return plant


def with_unused_word(name):
    """Write a Parquet file whose dictionary holds a word that no cell has."""

    def plant(folder):
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pq.read_table(folder / name)
        words = table["stratum"].combine_chunks().dictionary_encode()
        more = pa.concat_arrays([words.dictionary, pa.array(["Anna"], words.dictionary.type)])
        packed = pa.DictionaryArray.from_arrays(words.indices, more)
        at = table.schema.get_field_index("stratum")
        table = table.set_column(at, "stratum", packed).replace_schema_metadata(None)
        pq.write_table(table, folder / name, store_schema=False)
        assert b"Anna" in (folder / name).read_bytes()
        assert "Anna" not in set(pl.read_parquet(folder / name)["stratum"])

    return plant


def in_json(name, **changes):
    def plant(folder):
        about = json.loads((folder / name).read_text("utf-8"))
        (folder / name).write_text(json.dumps(about | changes), "utf-8")

    return plant


def in_reports(**changes):
    def plant(folder):
        path = folder / "manifest.json"
        about = json.loads(path.read_text("utf-8"))
        next(iter(about["reports"].values())).update(changes)
        path.write_text(json.dumps(about), "utf-8")

    return plant


def listed(name, content):
    """Add a file that the manifest lists among those of a report."""

    def plant(folder):
        (folder / name).write_bytes(content)
        path = folder / "manifest.json"
        about = json.loads(path.read_text("utf-8"))
        next(iter(about["reports"].values()))["files"][name] = ""
        path.write_text(json.dumps(about), "utf-8")

    return plant


PLAIN = "Part(key='Anna', place='')"
SEARCHING = f"<script>{render.script(searches=True)}</script>"
SCRIPT = b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
NAMED = f'<svg xmlns="http://www.w3.org/2000/svg"><desc>{PERSON}</desc></svg>'.encode()
# Name, what is planted, the check that must find it, what it must say.
PLANTS = {
    "foreign file": (added("notes.txt", b"x"), "files", "not in the list"),
    "document of a report": (listed("a.pdf", b"%PDF-1.7 Anna"), "files", "not in the list"),
    "picture of a report": (listed("a.png", b"Anna"), "files", "not in the list"),
    "text of a report": (listed("a.txt", b"Anna i Gotland"), "files", "not in the list"),
    "table of a report": (listed("a.csv", b"a\nAnna\n"), "files", "not in the list"),
    "page of nobody's": (listed("anna.html", b"<p>Anna</p>"), "files", "not in the list"),
    "hidden file": (added(".DS_Store", b"x"), "files", "hidden"),
    "symbolic link": (linked, "files", "symbolic link"),
    "missing table": (lambda f: (f / TABLE).unlink(), "files", "missing"),
    "missing page": (lambda f: (f / PAGE).unlink(), "files", "missing"),
    "lock with text": (added(".batch.lock", b"pid 7 on host"), "form", "not empty"),
    "person": (in_page(f"<p>{PERSON}</p>"), "text", "personal identity"),
    "person, no hyphen": (in_page("<p>8112189876</p>"), "text", "personal identity"),
    "coordination number": (in_page("<p>701063-2391</p>"), "text", "personal identity"),
    "person in a comment": (in_page(f"<!-- {PERSON} -->"), "text", "personal identity"),
    "person in a picture": (in_page(f"<svg><title>{PERSON}</title></svg>"), "text", "personal"),
    "column of ids": (in_page("<th>person_id</th>"), "text", "identifier"),
    "path": (in_page("<p>/home/anna/extract.csv</p>"), "text", "path"),
    "windows path": (in_page("<p>C:\\Users\\anna</p>"), "text", "path"),
    "e-mail": (in_page("<p>anna@example.org</p>"), "text", "e-mail"),
    "traceback": (in_page("<pre>Traceback (most recent call last)</pre>"), "text", "traceback"),
    "database address": (in_page("<p>postgresql://db.local/x</p>"), "text", "no known source"),
    "script": (in_page("<script>alert(1)</script>"), "form", "script"),
    "search on another page": (
        lambda f: replaced(f, PAGE, "(?s)<script>.*?</script>", SEARCHING),
        "form",
        "script that is not ours",
    ),
    "event": (in_page('<p onclick="x()">a</p>'), "form", "attribute"),
    "outside link": (in_page('<a href="https://example.org">a</a>'), "form", "no known source"),
    "outside style": (in_page('<p style="a:\\75rl(//x.se)">a</p>'), "form", "attribute"),
    "picture in a page": (in_page(picture(SCRIPT)), "form", "element <img>"),
    "dead link": (in_page('<a href="missing.html">a</a>'), "links", "not in the folder"),
    "no policy": (
        lambda f: replaced(f, PAGE, "default-src &#39;none&#39;", "default-src *"),
        "form",
        "security policy",
    ),
    "foreign output": (
        in_notebook(lambda n: first_output(n)["data"].update({"application/javascript": "1"})),
        "form",
        "not on the list",
    ),
    "error output": (
        in_notebook(lambda n: first_output(n).update(output_type="error")),
        "form",
        "error with its traceback",
    ),
    "person in notebook metadata": (
        in_notebook(lambda n: n["metadata"].update(author=PERSON)),
        "text",
        "personal identity",
    ),
    "broken notebook": (added(NOTEBOOK, b"{"), "form", "not a readable notebook"),
    "internal notebook": (parameter("release", False), "release mark", "not run for release"),
    "other threshold": (parameter("threshold", 3), "release mark", "the threshold is"),
    "internal page": (
        lambda f: replaced(f, PAGE, "bygger på färre än", "", count=9),
        "release mark",
        "is not stated",
    ),
    "internal words": (
        in_page("<p>Intern analys: exakta tal, får inte lämnas ut.</p>"),
        "release mark",
        "internal",
    ),
    "formula": (
        in_table(row("all", "n_spells"), "label", "=HYPERLINK(1)"),
        "form",
        "formula",
    ),
    # -- the table: closed columns, measures, groups, names -------------------------------------
    "unknown measure": (
        in_table(row("all", "n_spells"), "metric", "n_persons"),
        "table",
        "measure",
    ),
    "unknown groups": (
        in_measured(row("sex", "n_spells"), "by", "clinic"),
        "table",
        "unknown groups",
    ),
    "unknown sex": (
        in_measured(row("sex", "n_spells"), "stratum", "Anna"),
        "table",
        "does not have",
    ),
    "unknown age": (in_measured(row("age", "n_spells"), "stratum", "47"), "table", "does not have"),
    "unknown county": (
        in_measured(row("county", "n_spells"), "stratum", "Gotland, Anna"),
        "table",
        "does not have",
    ),
    "name as a method": (
        in_measured(row("sex", "n_spells"), "method", "Anna Andersson"),
        "table",
        "method of another form",
    ),
    "sentence as an edition": (
        in_table(row("all", "n_spells"), "rec_version", "Inga i Gotland"),
        "table",
        "an edition that FMB does not have",
    ),
    "name as an entry": (
        in_measured(row("sex", "n_spells"), "rec_id", "Anna"),
        "table",
        "an entry that FMB",
    ),
    "name as a report": (
        in_measured(row("sex", "n_spells"), "slug", "anna-andersson"),
        "table",
        "another name",
    ),
    "name as a source": (
        in_table(lambda t: t["by"] == "source", "stratum", "Anna"),
        "table",
        "does not have",
    ),
    "name in a label": (
        in_table(row("all", "n_spells"), "label", "Anna Andersson"),
        "table",
        "no name or wording",
    ),
    "count in a label": (
        in_table(row("all", "n_spells"), "label", "2 sjukfall"),
        "table",
        "no name or wording",
    ),
    "unknown flag": (in_table(row("all", "n_spells"), "flags", "anna"), "table", "unknown flag"),
    "share of two": (
        in_measured(row("all", "share_over_longest"), "estimate", 2.0),
        "table",
        "outside",
    ),
    "column more": (lambda f: with_column(f, "person"), "form", "cannot be read"),
    "person in the measures": (
        in_measured(row("sex", "n_spells"), "data_vintage", PERSON),
        "text",
        "personal identity",
    ),
    "name in the measures": (
        in_measured(row("sex", "n_spells"), "label", "Anna Andersson"),
        "table",
        "no name",
    ),
    "column of the measures": (
        in_measured(row("sex", "n_spells"), "person", "Anna"),
        "form",
        "cannot be read",
    ),
    "type of the measures": (
        in_measured(row("sex", "n_spells"), "estimate", "1217"),
        "form",
        "cannot be read",
    ),
    "no measures": (lambda f: (f / MEASURED).unlink(), "files", "missing"),
    "word for a number": (
        in_table(row("all", "n_spells"), "estimate", "tre"),
        "form",
        "cannot be read",
    ),
    # -- the table does not follow from the ledger ---------------------------------------------
    "exact count": (
        in_measured(row("sex", "n_spells"), "estimate", 1217.0),
        "recomputed",
        "follow",
    ),
    "exact size": (in_measured(row("sex", "n_events"), "n_spells", 1217.0), "recomputed", "follow"),
    "small count": (
        in_measured(row("county", "n_spells"), "n_spells", 3.0),
        "recomputed",
        "no sum",
    ),
    "small events": (in_measured(row("sex", "n_events"), "n_events", 2.0), "recomputed", "no sum"),
    "exact share": (
        in_measured(row("sex", "share_over_longest"), "estimate", 0.31234),
        "recomputed",
        "follow",
    ),
    "exact limit": (
        in_measured(row("age", "quantile_25_days"), "lo", 15.0),
        "recomputed",
        "follow",
    ),
    "exact median": (in_table(row("all", "quantile_50_days"), "hi", "99"), "recomputed", "follow"),
    "exact curve": (
        in_table(lambda t: (t["metric"] == "share_on_leave") & (t["day"] == "90"), "lo", "0.5"),
        "recomputed",
        "follow",
    ),
    # -- the ledger -----------------------------------------------------------------------------
    "single spell in the ledger": (in_ledger(n=1), "ledger", "no multiple"),
    "person in the ledger": (in_ledger(stratum="Anna"), "ledger", "another name"),
    "column more in the ledger": (in_ledger(person="1"), "ledger", "other columns"),
    "margin of the ledger": (in_ledger(margin="clinic"), "ledger", "unknown margins"),
    "entry of the ledger": (in_ledger(rec_id="Anna Andersson"), "ledger", "another name"),
    "end reason of the ledger": (in_ledger(end_reason=7), "ledger", "unknown end reason"),
    "row twice in the ledger": (in_ledger(repeat=True), "ledger", "stands twice"),
    "metadata of the ledger": (in_ledger(metadata={"made by": "Anna"}), "form", "its bytes"),
    "no ledger": (lambda f: (f / "ledger.parquet").unlink(), "ledger", "no ledger"),
    "key in the sidecar": (in_json("ledger.json", person="1"), "ledger", "other keys"),
    "another base": (in_json("ledger.json", base=1), "ledger", "another base"),
    "another dictionary": (
        lambda f: replaced(f, "data-dictionary.csv", "measure", "2 sjukfall"),
        "ledger",
        "not the dictionary",
    ),
    # -- keys, comments, text where there is no place for any -----------------------------------
    "key in the manifest": (in_json("manifest.json", key="a" * 64), "form", "other keys"),
    "key of a report": (in_reports(key="a" * 64), "form", "other keys"),
    "seconds of a report": (in_reports(seconds=1.5), "form", "other keys"),
    "message of a report": (in_reports(message="2 sjukfall"), "form", "has a message"),
    "key in notebook metadata": (
        in_notebook(lambda n: n["metadata"].update(title="2 sjukfall")),
        "form",
        "other keys",
    ),
    "key of a cell": (
        in_notebook(lambda n: n["cells"][0]["metadata"].update(note="Anna")),
        "form",
        "other keys",
    ),
    "part of a notebook": (in_notebook(lambda n: n.update(extra="Anna")), "form", "other parts"),
    "parameter more": (parameter("patient", "Anna"), "form", "other parameters"),
    "id of a cell": (
        in_notebook(lambda n: n["cells"][0].update(id="Anna Andersson")),
        "form",
        "another id",
    ),
    "comment": (in_page("<!-- 2 sjukfall -->"), "form", "comment"),
    "text after the end": (
        lambda f: (f / PAGE).write_text((f / PAGE).read_text("utf-8") + "2 sjukfall", "utf-8"),
        "form",
        "does not begin or end",
    ),
    "text before the beginning": (
        lambda f: (f / PAGE).write_text("Anna " + (f / PAGE).read_text("utf-8"), "utf-8"),
        "form",
        "does not begin or end",
    ),
    "style that writes": (
        lambda f: replaced(f, PAGE, "</style>", 'p:after{content:"2 sjukfall"}</style>'),
        "form",
        "not ours",
    ),
    "hidden element": (in_page('<p style="display:none">tre</p>'), "form", "hidden"),
    "name in a sentence": (in_page("<p>Anna Andersson</p>"), "form", "words that no phrase"),
    "name in an attribute": (in_page('<p id="a" aria-label="Anna">a</p>'), "form", "words that"),
    "name in a head": (in_page('<td data-head="Anna Andersson">a</td>'), "form", "words that"),
    "number in words": (in_page("<p>tre sjukfall i Gotland</p>"), "told numbers", "tre stands"),
    "one person in words": (in_page("<p>en man i Gotland</p>"), "told numbers", "en stands"),
    "small count in a sentence": (in_page("<p>2 sjukfall</p>"), "told numbers", "2 stands"),
    "small count in a label": (in_page('<p aria-label="2 sjukfall">a</p>'), "told numbers", "2 st"),
    "of a hundred": (in_page("<p>17 av 100</p>"), "told numbers", "17 stands"),
    "count like a year": (in_page("<p>2017 sjukfall</p>"), "told numbers", "stands"),
    "count like an age": (in_page("<p>16 sjukfall</p>"), "told numbers", "16 stands"),
    "length of one": (in_page("<p>efter 23 dagar</p>"), "told numbers", "23 stands"),
    "five in a picture": (
        in_page('<svg><text x="1" y="1">5</text></svg>'),
        "pictures",
        "without what it is drawn from",
    ),
    "tick off its axis": (
        lambda f: replaced(
            f,
            PAGE,
            r'<text class="m t am"',
            '<text class="m t am" x="99" y="9">3</text><text class="m t am"',
        ),
        "pictures",
        "not drawn as its numbers say",
    ),
    "data of a figure": (
        lambda f: replaced(
            f,
            PAGE,
            r"data:text/csv;charset=utf-8,[^\"]*",
            "data:text/csv;charset=utf-8,by,metric,estimate%0Asex,n_spells,2",
        ),
        "told numbers",
        "lines of data",
    ),
    "data of another kind": (
        in_page('<a href="data:text/csv;charset=utf-8,person,days%0AAnna,23">a</a>'),
        "told numbers",
        "lines of data",
    ),
    # -- attributes without words have closed values ------------------------------------------
    "name in an id": (in_page('<p id="anna-andersson">a</p>'), "form", "attribute id"),
    "number in an id": (in_page('<p id="fig-2">a</p>'), "form", "attribute id"),
    "id twice": (in_page('<p id="answer">a</p>'), "form", "attribute id"),
    "name in a class": (in_page('<p class="src anna">a</p>'), "form", "attribute class"),
    "count in a class": (in_page('<p class="n2">a</p>'), "form", "attribute class"),
    "name in a role": (in_page('<p role="anna">a</p>'), "form", "attribute role"),
    "name of a language": (in_page('<p lang="anna">a</p>'), "form", "attribute lang"),
    "name of a label": (in_page('<p aria-labelledby="anna">a</p>'), "form", "aria-labelledby"),
    "place in the order": (in_page('<p tabindex="2">a</p>'), "form", "attribute tabindex"),
    "count of columns": (
        in_page('<table><tr><td colspan="2">a</td></tr></table>'),
        "form",
        "attribute colspan",
    ),
    "part of a row": (in_page('<data data-of="anna">a</data>'), "form", "attribute data-of"),
    "name of a download": (
        lambda f: replaced(f, PAGE, r'download="[a-z-]+\.csv"', 'download="anna.csv"'),
        "form",
        "attribute download",
    ),
    "size of a picture": (
        lambda f: replaced(f, PAGE, r'viewBox="0 0 760 [\d.]+"', 'viewBox="0 0 760 2"'),
        "pictures",
        "not drawn as its numbers say",
    ),
    "digits in a picture": (
        lambda f: replaced(f, PAGE, r'<path class="g" d="', '<path class="g" d="M2.0192 3'),
        "pictures",
        "not drawn as its numbers say",
    ),
    "words in a picture": (
        lambda f: replaced(f, PAGE, r'<path class="g" d="', '<path class="g" d="M2 sjukfall'),
        "pictures",
        "not drawn as its numbers say",
    ),
    "words in an address": (in_page('<a href="index.html?q=Anna">a</a>'), "form", "words that"),
    "address that says more": (
        in_page('<a href="https://www.socialstyrelsen.se/anna-2-sjukfall">a</a>'),
        "form",
        "no known source",
    ),
    "search words": (
        lambda f: replaced(f, "index.html", 'data-words="', 'data-words="anna '),
        "form",
        "not the page that follows",
    ),
    "count in search words": (
        lambda f: replaced(f, "index.html", 'data-words="', 'data-words="3 '),
        "form",
        "not the page that follows",
    ),
    "size of a page": (
        lambda f: replaced(f, PAGE, r'data-spells="\d+"', 'data-spells="3"'),
        "told numbers",
        "something else",
    ),
    "number of another script": (in_page("<p>\u0662 sjukfall</p>"), "form", "words that"),
    "number in a circle": (in_page("<p>\u2461 sjukfall</p>"), "form", "words that"),
    "number raised": (in_page("<p>\xb2 sjukfall</p>"), "form", "words that"),
    "sign nobody sees": (in_page("<p>sjuk\u200ffall</p>"), "form", "words that"),
    "text turned round": (in_page("<p>\u202e7 llafkujs</p>"), "form", "words that"),
    "larger number in words": (in_page("<p>tjugo sjukfall</p>"), "told numbers", "tjugo stands"),
    "template": (in_page("<template><p>Xantippa</p></template>"), "form", "element <template>"),
    "formula of a page": (in_page("<math><mn>2</mn></math>"), "form", "element <math>"),
    "other letters": (in_page("<p>\u0410nna</p>"), "form", "words that"),
    "row that is not there": (
        in_page('<data value="3" data-row="aaaaaaaaaaaa">3</data>'),
        "told numbers",
        "a row that the table",
    ),
    "told number changed": (
        lambda f: replaced(f, PAGE, r'(?<=data-of="lo" data-as="down">)\d+', "3"),
        "told numbers",
        "not its row's",
    ),
    "instruction": (in_page("<?php 2 sjukfall ?>"), "form", "comment or an instruction"),
    "text of a program": (
        in_notebook(lambda n: output_of(n, output_type="stream", name="stdout", text="2 sjukfall")),
        "form",
        "unknown kind",
    ),
    "plain text of a part": (
        in_notebook(lambda n: first_output(n)["data"].update({"text/plain": "3 sjukfall"})),
        "form",
        "not ours",
    ),
    "cell of somebody": (
        in_notebook(lambda n: n["cells"].append(dict(n["cells"][0], source="# 2 sjukfall"))),
        "form",
        "not that of our notebooks",
    ),
    "title of a part": (
        in_notebook(lambda n: first_output(n)["data"][PART]["contents"].append(["answer", "Anna"])),
        "form",
        "a title that",
    ),
    "values of a part": (
        in_notebook(lambda n: first_output(n)["data"].update({VALUES: ["by,estimate", "sex,3"]})),
        "form",
        "values that the table",
    ),
    "number in a notebook": (
        in_notebook(lambda n: first_output(n)["data"].update({"text/html": "<p>2 sjukfall</p>"})),
        "told numbers",
        "2 stands",
    ),
    "name in a notebook": (
        in_notebook(lambda n: first_output(n)["data"].update({"text/html": "<p>Anna</p>"})),
        "form",
        "words that",
    ),
    "comment of the index": (
        lambda f: replaced(f, "index.html", "</main>", "<!-- Anna --></main>"),
        "form",
        "not the page that follows",
    ),
    "comment of the changes": (
        lambda f: replaced(f, "fmb-changes.html", "</main>", "<!-- Anna --></main>"),
        "form",
        "not the page that follows",
    ),
    "key file of an earlier version": (added("adherence.key", b"a" * 64), "files", "not in the"),
    "mark a little further out": (
        lambda f: replaced(f, PAGE, r'(?<=<rect class="s1" x=")[\d.]+', "301.7"),
        "pictures",
        "not drawn as its numbers say",
    ),
    "mark of somebody": (
        lambda f: replaced(
            f, PAGE, "</svg>\n<p", '<circle class="do" cx="17" cy="3" r="2"/></svg>\n<p'
        ),
        "pictures",
        "not drawn as its numbers say",
    ),
    "point more in a curve": (
        lambda f: replaced(f, PAGE, r'(?<=<path class="cu" d=")M[\d. ]+', "M50 20l17 3"),
        "pictures",
        "not drawn as its numbers say",
    ),
    "colour of a mark": (
        lambda f: replaced(f, PAGE, '<rect class="s1"', '<rect class="s2"'),
        "pictures",
        "not drawn as its numbers say",
    ),
    "picture without a recipe": (
        lambda f: replaced(f, PAGE, " data-drawn='[^']*'", "", count=0),
        "pictures",
        "without what it is drawn from",
    ),
    "picture of somebody": (
        in_page(BARE_PICTURE),
        "pictures",
        "without what it is drawn from",
    ),
    "shape outside a picture": (
        in_page('<circle class="do" cx="17" cy="3" r="2"/>'),
        "form",
        "element <circle>",
    ),
    "mark and recipe further out": (
        redrawn(lambda one, other: replace(one, share=one.share * 1.01)),
        "pictures",
        "stands in no row",
    ),
    "mark of another group": (
        redrawn(lambda one, other: replace(one, share=other.share)),
        "pictures",
        "stands in no row",
    ),
    "exact count in a recipe": (
        redrawn(lambda one, other: replace(one, share=0.17)),
        "pictures",
        "stands in no row",
    ),
    "name in a recipe": (
        redrawn(lambda one, other: replace(one, said=Say("Anna Ek", one.said.row))),
        "form",
        "words that",
    ),
    "picture in a notebook": (
        in_notebook(
            lambda n: first_output(n)["data"].update({"text/html": BARE_PICTURE}),
        ),
        "pictures",
        "without what it is drawn from",
    ),
    "count as what the data are": (
        in_table(row("all", "n_spells"), "data_vintage", "sjukfall 117"),
        "table",
        "names that are of no publisher",
    ),
    "name as what the data are": (
        in_table(row("all", "n_spells"), "data_vintage", "Anna Andersson"),
        "table",
        "names that are of no publisher",
    ),
    "register that counts": (
        lambda f: replaced(
            f, TABLE, r"Syntetiskt register \(SYNTETISKA DATA\)", "Register 17", count=0
        ),
        "table",
        "more than words, years and dates",
    ),
    "attribute twice": (
        in_page('<p class="src" class="anna">a</p>'),
        "form",
        "stands twice in a tag",
    ),
    "attribute at an end": (in_page("<p>a</p anna>"), "form", "a tag that is not written"),
    "sign without text": (in_page("a\0a"), "form", "nobody sees"),
    "spaces that count": (in_page("<p>a </p>   \t <p>a</p>"), "form", "nobody sees"),
    "place of nobody": (
        lambda f: replaced(f, PAGE, 'href="#answer"', 'href="#811218"'),
        "form",
        "a place that no page of ours has",
    ),
    "sentence of known words": (
        in_page("<p>Kvinnor i Gotland är längre än rekommenderat</p>"),
        "form",
        "no phrase of ours",
    ),
    "nobody in a county": (in_page("<p>Ingen i Gotland</p>"), "form", "no phrase of ours"),
    "none in words": (in_page("<p>Ingen av sjukfallen</p>"), "told numbers", "Ingen stands"),
    "half of them": (in_page("<p>hälften av sjukfallen</p>"), "told numbers", "hälften stands"),
    "hundreds": (in_page("<p>hundratals sjukfall</p>"), "told numbers", "hundratals stands"),
    "empty folder": (lambda f: (f / "Anna").mkdir(), "files", "not a plain file"),
    "spaces in a sidecar": (
        lambda f: replaced(f, "ledger.json", r"^\{", "{   "),
        "form",
        "not written as ours",
    ),
    "quotes in a table": (
        lambda f: replaced(f, TABLE, ",akut-lumbago,", ',"akut-lumbago",'),
        "form",
        "quotes or line ends",
    ),
    "bytes in a gap of the ledger": (
        with_gap("ledger.parquet"),
        "form",
        "not those that its cells are written with",
    ),
    "word that no cell has": (
        with_unused_word(MEASURED),
        "form",
        "not those that its cells are written with",
    ),
    "maker of the ledger": (
        in_ledger(),
        "form",
        "not those that its cells are written with",
    ),
    "name of a kernel": (
        in_notebook(lambda n: n["metadata"]["kernelspec"].update(display_name="Anna Ek")),
        "form",
        "its metadata hold more",
    ),
    "name of a version": (
        in_notebook(lambda n: n["metadata"]["language_info"].update(version="2 sjukfall")),
        "form",
        "its metadata hold more",
    ),
    "another notebook": (
        in_notebook(lambda n: n["metadata"]["papermill"].update(input_path="Anna.ipynb")),
        "form",
        "name another notebook",
    ),
    "name in a parameter": (
        parameter("entry", "Anna Ek"),
        "form",
        "a parameter of another form",
    ),
    "name in the cell of parameters": (
        lambda f: replaced(f, NOTEBOOK, r'entry = \\"\d+\\"', r"entry = \"Anna Ek\""),
        "form",
        "a parameter of another form",
    ),
    "name of a run": (
        in_notebook(lambda n: n["cells"][0]["metadata"]["papermill"].update(status="Anna")),
        "form",
        "metadata of a cell hold more",
    ),
    "number of a cell": (
        in_notebook(lambda n: n["cells"][1].update(execution_count=17)),
        "form",
        "numbered otherwise",
    ),
    "text of a part": (
        in_notebook(lambda n: first_output(n)["data"].update({"text/plain": PLAIN})),
        "form",
        "text beside a part",
    ),
    "number not traced": (
        in_page("<p>97,3 %</p>"),
        "told numbers",
        "97,3",
    ),
}


def test_the_ledger_of_a_year_holds_no_margin_that_only_evaluations_need(one_report):
    margins = pl.read_parquet(one_report / "ledger.parquet")["margin"]
    assert {"all", "county"} <= set(margins)
    assert not set(margins) & set(OF_EVALUATIONS)


def test_of_other_years_the_ledger_holds_what_trends_rest_on(one_report):
    ledger = pl.read_parquet(one_report / "ledger.parquet")
    others = ledger.filter(pl.col("start_year") != 2017)
    assert set(others["start_year"]) >= {2014, 2015, 2016, 2018}
    assert set(others["margin"]) == {"all"}


def test_clean_reports_pass(one_report):
    result = run_gate(one_report)
    assert result.text().splitlines()[:-2] == []
    assert result.exit_code == 0
    looked = ("files", "form", "text", "links", "release mark", "table", "ledger", "recomputed")
    assert all(result.n_looks[check] > 0 for check in looked)
    assert result.n_looks["told numbers"] > 100


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTS)
def test_every_planted_fault_is_found(folder, name):
    plant(folder, name)
    found = run_gate(folder).findings
    assert is_found(name, found), [f.text() for f in found[:5]]


def plant(folder, *names):
    for name in names:
        PLANTS[name][0](folder)
    sealed(folder)


def is_found(name, findings):
    _, check, what = PLANTS[name]
    return any(f.check == check and what in f.what for f in findings)


# One fault of each check, planted together: none hides another.
QUICK = ("foreign file", "person", "person in a picture", "script", "dead link", "unknown measure")
QUICK += (
    "sentence of known words",
    "internal notebook",
    "mark a little further out",
    "exact count",
    "key in the manifest",
)


def test_a_fault_of_each_check_is_found_and_no_number_of_a_person_repeated(folder):
    plant(folder, *QUICK)
    result = run_gate(folder)
    assert [name for name in QUICK if not is_found(name, result.findings)] == []
    assert PERSON not in result.text(10_000)


def test_a_single_spell_in_the_ledger_is_found(folder):
    plant(folder, name := "single spell in the ledger")
    assert is_found(name, run_gate(folder).findings)


def test_a_changed_file_is_found_by_its_hash(folder):
    (folder / PAGE).write_bytes((folder / PAGE).read_bytes() + b"\n")
    assert [f.what for f in run_gate(folder).findings] == ["changed since it was made."]


def test_command_signs_nothing_faulty_and_lists_file_place_and_remedy(folder, run_main, capsys):
    added("notes.txt", b"x")(folder)
    assert run_main("gate", folder, "--sign", "Anna") == 1
    first = capsys.readouterr().out.splitlines()[0]
    assert first == (
        "notes.txt: not in the list of the folder's files. Remove it, or make the folder again."
    )
    assert not (folder / "release.json").exists()


def test_signed_folder_tells_what_changed_since(folder, run_main):
    assert run_main("gate", folder, "--sign", "Enheten för analys") == 0
    record = json.loads((folder / "release.json").read_text("utf-8"))
    assert (record["signed_by"], record["threshold"]) == ("Enheten för analys", 5)
    assert PAGE in record["files"]
    os.utime(folder / PAGE)
    assert not of_record(folder)
    (folder / "index.html").write_bytes((folder / "index.html").read_bytes() + b"\n")
    # Nor does any other check find more in a folder that was signed.
    found = [f.text() for f in run_gate(folder).findings]
    assert [text for text in found if "page that follows" not in text] == [
        "index.html: changed since it was signed. Look at what changed; then sign again with "
        "--sign."
    ]
    replaced(folder, "release.json", "Enheten", "Enheter")
    assert any("not a sign-off" in f.what for f in of_record(folder))


def of_record(folder):
    """What the check of the sign-off alone finds."""
    findings = Findings()
    check_record(open_folder(folder, findings), findings)
    return findings.sorted()


def test_sign_takes_a_name_only(folder):
    for name in ("", "anna@example.org", "x" * 200, PERSON):
        with pytest.raises(UserError, match="--sign"):
            run_gate(folder, sign=name)


def test_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(UserError, match="no folder made by"):
        run_gate(tmp_path)


def test_same_release_again_passes(one_report, folder):
    assert run_gate(folder, previous=one_report).exit_code == 0


def test_one_path_that_differs_from_an_earlier_release_is_found(one_report, tmp_path):
    earlier = shutil.copytree(one_report, tmp_path / "earlier")
    in_ledger(n=60)(earlier)
    found = run_gate(one_report, previous=earlier).findings
    assert any("differ from the earlier" in f.what for f in found)


def test_tables_are_read_to_the_end():
    assert read_csv(b"a,b\n1,@x\n").faults
    assert not read_csv(b"a,b\n1,-2.5\n").faults


def test_workbook_with_a_formula_is_found(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<c><f>1+1</f></c>")
        archive.writestr("xl/vbaProject.bin", "x")
    found = {fault.what for fault in read_workbook(path.read_bytes()).faults}
    assert found == {"a formula.", "a part that no workbook of ours has."}

"""The release gate on real reports: clean ones pass, each planted fault is found by itself."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import struct
import zipfile
import zlib

import pytest

from fmbstats.errors import UserError
from fmbstats.gate import run_gate
from fmbstats.gate.read_pictures import read_png, read_svg
from fmbstats.gate.read_tables import read_csv
from fmbstats.gate.read_workbook import read_workbook

PERSON = "19811218-9876"  # The tax agency's own example.
PAGE, NOTEBOOK, TABLE = "akut-lumbago.html", "notebooks/akut-lumbago.ipynb", "adherence.csv"


@pytest.fixture(scope="module")
def clean(make_reports, small_store):
    """Return a report and the overview."""
    return make_reports("gate", small_store, only="M54.5")


@pytest.fixture
def folder(clean, tmp_path):
    """Return a copy that a test may spoil."""
    return shutil.copytree(clean, tmp_path / "2017")


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


def in_table(pick, column, value):
    """Change one cell of the first row of the table that `pick` takes."""

    def plant(folder):
        import pandas as pd

        table = pd.read_csv(folder / TABLE, dtype=str, keep_default_na=False)
        at = table.index[pick(table)][0]
        table.loc[at, column] = value(table, at) if callable(value) else value
        table.to_csv(folder / TABLE, index=False, lineterminator="\n")

    return plant


def row(by, metric, shown=True):
    def pick(table):
        found = (table["slug"] == "akut-lumbago") & (table["metric"] == metric)
        return found & (table["by"] == by) & ((table["n_spells"] != "") == shown)

    return pick


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


SCRIPT = b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
NAMED = f'<svg xmlns="http://www.w3.org/2000/svg"><desc>{PERSON}</desc></svg>'.encode()
# Name, what is planted, the check that must find it, what it must say.
PLANTS = {
    "foreign file": (added("notes.txt", b"x"), "files", "not in the list"),
    "hidden file": (added(".DS_Store", b"x"), "files", "hidden"),
    "symbolic link": (linked, "files", "symbolic link"),
    "missing table": (lambda f: (f / TABLE).unlink(), "files", "missing"),
    "missing page": (lambda f: (f / PAGE).unlink(), "files", "missing"),
    "lock with text": (added(".batch.lock", b"pid 7 on host"), "form", "not empty"),
    "person": (in_page(f"<p>{PERSON}</p>"), "text", "personal identity"),
    "person, no hyphen": (in_page("<p>8112189876</p>"), "text", "personal identity"),
    "coordination number": (in_page("<p>701063-2391</p>"), "text", "personal identity"),
    "person in a comment": (in_page(f"<!-- {PERSON} -->"), "text", "personal identity"),
    "person in a picture": (in_page(picture(NAMED)), "text", "personal identity"),
    "column of ids": (in_page("<th>person_id</th>"), "text", "identifier"),
    "path": (in_page("<p>/home/anna/extract.csv</p>"), "text", "path"),
    "windows path": (in_page("<p>C:\\Users\\anna</p>"), "text", "path"),
    "e-mail": (in_page("<p>anna@example.org</p>"), "text", "e-mail"),
    "traceback": (in_page("<pre>Traceback (most recent call last)</pre>"), "text", "traceback"),
    "database address": (in_page("<p>postgresql://db.local/x</p>"), "text", "no known source"),
    "script": (in_page("<script>alert(1)</script>"), "form", "script"),
    "event": (in_page('<p onclick="x()">a</p>'), "form", "event"),
    "outside link": (in_page('<a href="https://example.org">a</a>'), "form", "outside"),
    "outside style": (in_page('<p style="a:\\75rl(//x.se)">a</p>'), "form", "style"),
    "script in a picture": (in_page(picture(SCRIPT)), "form", "no figure needs"),
    "dead link": (in_page('<a href="missing.html">a</a>'), "links", "not in the folder"),
    "no policy": (
        lambda f: replaced(f, PAGE, "default-src 'none'", "default-src *"),
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
        lambda f: replaced(f, PAGE, "För utlämnande: små antal är skyddade", "x", count=9),
        "release mark",
        "do not say that it is for release",
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
    "small count": (in_table(row("county", "n_spells"), "n_spells", "3"), "small counts", "1 to 4"),
    "small count, events": (
        in_table(row("sex", "n_events"), "n_events", "2"),
        "small counts",
        "n_events",
    ),
    "hidden number": (
        in_table(lambda t: t["flags"] == "suppressed", "estimate", "0.31"),
        "small counts",
        "flag says that it is hidden",
    ),
    "share of few": (
        in_table(
            row("sex", "share_over_longest"),
            "estimate",
            lambda t, at: str(2 / float(t.loc[at, "n_spells"])),
        ),
        "implied counts",
        "tells of 2.00 spells",
    ),
    "few ongoing": (
        in_table(
            lambda t: row("all", "n_spells")(t) & (t["part"] == "measures"),
            "n_events",
            lambda t, at: str(int(float(t.loc[at, "n_spells"])) - 2),
        ),
        "implied counts",
        "n_spells less n_events",
    ),
    "lacking complement": (lambda f: uncovered(f), "attack", "must lie from"),
    "number not traced": (
        lambda f: replaced(f, PAGE, r'<section id="measures">', '<section id="measures"><p>97,3 %'),
        "traced numbers",
        "97,3",
    ),
    "small count in a table": (
        in_page(
            '<section id="sex"><table><thead><tr><th>Kön</th><th>Sjukfall</th></tr></thead>'
            "<tr><th>Män</th><td>3</td></tr></table></section>"
        ),
        "tables",
        "from 1 to 4",
    ),
}


def uncovered(folder):
    """Show the numbers of all counties but one small one: subtraction gives it away."""
    import pandas as pd

    table = pd.read_csv(folder / TABLE, dtype=str, keep_default_na=False)
    total = row("all", "n_spells")(table) & (table["part"] == "measures")
    whole = int(float(table.loc[total, "n_spells"].iloc[0]))
    at = table.index[(table["by"] == "sex") & (table["slug"] == "akut-lumbago")]
    first = table.loc[at, "stratum"].iloc[0]
    is_first = table.loc[at, "stratum"] == first
    few = at[is_first]
    table.loc[few, ["estimate", "lo", "hi", "n_spells", "n_events", "n_at_risk_at_r"]] = ""
    table.loc[few, "flags"] = "suppressed"
    table.loc[at[~is_first], "n_spells"] = str(whole - 3)
    table.to_csv(folder / TABLE, index=False, lineterminator="\n")


def test_clean_reports_pass(clean):
    result = run_gate(clean)
    assert result.text().splitlines()[:-2] == []
    assert result.exit_code == 0
    looked = ("files", "form", "text", "links", "release mark", "tables", "small counts")
    more = ("implied counts", "same mask", "attack", "traced numbers")
    assert all(result.n_looks[check] > 0 for check in (*looked, *more))


# One fault of each check is planted in the quick tests, the others in the slow ones.
QUICK = ("foreign file", "person in a picture", "script", "dead link", "internal notebook")
QUICK += ("small count", "share of few", "lacking complement", "number not traced")
QUICK += ("small count in a table",)


@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in PLANTS]
)
def test_every_planted_fault_is_found(folder, name):
    plant, check, what = PLANTS[name]
    plant(folder)
    sealed(folder)
    found = run_gate(folder).findings
    assert any(f.check == check and what in f.what for f in found), [f.text() for f in found[:5]]


def test_findings_never_repeat_a_personal_number(folder):
    in_page(f"<p>{PERSON}</p>")(folder)
    assert PERSON not in run_gate(folder).text()


def test_a_changed_file_is_found_by_its_hash(folder):
    in_page("<p>a</p>")(folder)
    assert [f.what for f in run_gate(folder).findings] == ["changed since it was made."]


def test_command_exits_with_1_and_lists_file_place_and_remedy(folder, run_main, capsys):
    added("notes.txt", b"x")(folder)
    assert run_main("gate", folder) == 1
    first = capsys.readouterr().out.splitlines()[0]
    assert first == (
        "notes.txt: not in the list of the folder's files. Remove it, or make the folder again."
    )
    assert run_main("gate", folder, "--sign", "Anna") == 1
    assert not (folder / "release.json").exists()


def test_signed_folder_tells_what_changed_since(folder, run_main):
    assert run_main("gate", folder, "--sign", "Enheten för analys") == 0
    record = json.loads((folder / "release.json").read_text("utf-8"))
    assert (record["signed_by"], record["threshold"]) == ("Enheten för analys", 5)
    assert PAGE in record["files"]
    assert run_gate(folder).exit_code == 0
    os.utime(folder / PAGE)
    assert run_gate(folder).exit_code == 0
    (folder / "index.html").write_bytes((folder / "index.html").read_bytes() + b"\n")
    assert [f.text() for f in run_gate(folder).findings] == [
        "index.html: changed since it was signed. Look at what changed; then sign again with "
        "--sign."
    ]
    replaced(folder, "release.json", "Enheten", "Enheter")
    assert any("not a sign-off" in f.what for f in run_gate(folder).findings)


def test_sign_takes_a_name_only(folder):
    for name in ("", "anna@example.org", "x" * 200, PERSON):
        with pytest.raises(UserError, match="--sign"):
            run_gate(folder, sign=name)


def test_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(UserError, match="no folder made by"):
        run_gate(tmp_path)


def test_same_release_again_passes(clean, folder):
    assert run_gate(folder, previous=clean).exit_code == 0


@pytest.mark.parametrize(
    ("plant", "what"),
    [
        (in_table(row("sex", "n_spells"), "n_spells", "4000"), "another number"),
        (
            in_table(
                row("sex", "n_spells"),
                "n_spells",
                lambda t, at: str(int(float(t.loc[at, "n_spells"])) + 2),
            ),
            "differs from the earlier release by fewer than 5",
        ),
    ],
)
def test_differences_from_an_earlier_release_are_found(clean, tmp_path, plant, what):
    earlier = shutil.copytree(clean, tmp_path / "earlier")
    plant(earlier)
    if what == "another number":
        in_table(row("sex", "n_spells"), "estimate", "4000")(earlier)
    found = run_gate(clean, previous=earlier).findings
    assert any(what in f.what for f in found)


def test_cell_hidden_before_and_shown_now_is_found(clean, tmp_path):
    earlier = shutil.copytree(clean, tmp_path / "earlier")
    pick = row("sex", "n_spells")
    in_table(pick, "flags", "suppressed")(earlier)
    in_table(pick, "estimate", "")(earlier)
    found = run_gate(clean, previous=earlier).findings
    assert any("hidden in the earlier release and shown now" in f.what for f in found)


def test_pictures_and_tables_are_read_to_the_end():
    def chunk(kind, body):
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    whole = b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b"")
    assert not read_png(whole).faults
    assert "followed by other data" in read_png(whole + b"x").faults[0].what
    packed = b"Author\0\0" + zlib.compress(b"Anna")
    spoken = b"\x89PNG\r\n\x1a\n" + chunk(b"zTXt", packed) + chunk(b"IEND", b"")
    assert read_png(spoken).pieces[0].text == "Author: Anna"
    assert read_svg(b"<svg><a/></svg>").faults
    assert read_csv(b"a,b\n1,@x\n")[1].faults
    assert not read_csv(b"a,b\n1,-2.5\n")[1].faults


def test_workbook_with_a_formula_is_found(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<c><f>1+1</f></c>")
        archive.writestr("xl/vbaProject.bin", "x")
    found = {fault.what for fault in read_workbook(path.read_bytes()).faults}
    assert found == {"a formula.", "a part that no workbook of ours has."}

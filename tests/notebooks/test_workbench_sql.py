"""The %%sql magic and the short user errors, in a real IPython shell."""

from __future__ import annotations

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from fmbstats.store import Store


@pytest.fixture
def shell(store):
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    made.extension_manager.load_extension("fmbstats.workbench")
    made.user_ns["store"] = store
    yield made
    InteractiveShell.clear_instance()


def test_a_cell_of_sql_gives_a_frame(shell):
    frame = shell.run_cell_magic("sql", "", "select count(*) as n from mart_spells")
    assert frame["n"].tolist() == [20_000]


def test_a_line_of_sql_works_too(shell):
    assert shell.run_line_magic("sql", "select 1 as one")["one"].tolist() == [1]


def test_a_result_is_kept_under_a_name(shell):
    assert shell.run_cell_magic("sql", "kept <<", "select 2 as two") is None
    assert shell.user_ns["kept"]["two"].tolist() == [2]


def test_dollar_names_are_bound_as_values_never_pasted(shell):
    shell.user_ns["name"] = "x' or 'a' = 'a"
    frame = shell.run_cell_magic("sql", "", "select $name as name, '$other' as text -- $third")
    assert frame.iloc[0].tolist() == ["x' or 'a' = 'a", "$other"]


def test_a_missing_variable_is_named(shell):
    with pytest.raises(UsageError, match=r"\$year stands in the query, .* no variable year"):
        shell.run_cell_magic("sql", "", "select * from mart_ledger where start_year = $year")


@pytest.mark.parametrize(
    "query",
    [
        "delete from mart_spells",
        "drop table mart_spells",
        "create table t as select 1",
        "copy mart_spells to '{folder}/stolen.csv'",
        "select * from read_csv('/etc/passwd')",
        "attach '{folder}/new.duckdb'",
        "set enable_external_access = true",
        "install httpfs",
    ],
)
def test_the_store_is_read_only_and_reaches_no_file(shell, tmp_path, query):
    with pytest.raises(UsageError, match=r"^%%sql: "):
        shell.run_cell_magic("sql", "", query.format(folder=tmp_path))
    assert list(tmp_path.iterdir()) == []
    assert shell.run_line_magic("sql", "select count(*) as n from mart_spells")["n"][0] == 20_000


def test_an_empty_query_says_what_to_do(shell):
    with pytest.raises(UsageError, match="there is no query"):
        shell.run_cell_magic("sql", "", "  \n")


def test_without_a_store_in_the_notebook_the_projects_own_is_opened(shell, store_path, monkeypatch):
    monkeypatch.setenv("FMBSTATS_STORE", str(store_path))
    del shell.user_ns["store"]
    assert shell.run_line_magic("sql", "select 1 as one")["one"].tolist() == [1]
    assert isinstance(shell.user_ns["store"], Store)
    shell.user_ns["store"].close()


def test_user_errors_are_one_line_and_still_errors(shell, capsys):
    result = shell.run_cell('store["depresiv-episod"]')
    assert not result.success
    shown = capsys.readouterr()
    text = shown.out + shown.err
    assert "UnknownNameError: Diagnosis 'depresiv-episod' is unknown." in text
    assert "Traceback" not in text


def test_bugs_keep_their_traceback(shell, capsys):
    assert not shell.run_cell("1 / 0").success
    shown = capsys.readouterr()
    assert "Traceback" in shown.out + shown.err

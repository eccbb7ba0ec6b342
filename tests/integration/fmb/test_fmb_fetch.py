"""Fetching the open API, against a real server on this machine."""

import contextlib
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fmbstats.cli import main
from fmbstats.errors import FetchError
from fmbstats.sources.fmb.edition_tables import read_editions
from fmbstats.sources.fmb.fetch import fetch_documents
from fmbstats.sources.fmb.open_api import CASE_TYPE, ENTRY_TYPE

FIXTURES = Path(__file__).parents[2] / "fixtures" / "fmb"
BODIES = {
    ENTRY_TYPE: (FIXTURES / "json_2020_entries.json").read_bytes(),
    CASE_TYPE: (FIXTURES / "json_2020_cases.json").read_bytes(),
}


class Api(BaseHTTPRequestHandler):
    """Answers as told by the server's `plan`: status codes to give before the document."""

    def do_GET(self):
        path, _, query = self.path.partition("?")
        self.server.asked.append((path, query))
        plan = self.server.plan
        step = plan.pop(0) if plan else 200
        if step == "slow":
            time.sleep(1.0)
            step = 200
        if step == "close":
            self.connection.close()
            return
        body = step if isinstance(step, bytes) else BODIES[path.rsplit("/", 1)[-1]]
        self.send_response(step if isinstance(step, int) else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may have left
            self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def api():
    """A server in a thread; `api.plan` is what goes wrong first."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.plan, server.asked = [], []
    server.url = f"http://127.0.0.1:{server.server_port}/fmb/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(api, folder, **options):
    waits = []
    paths = fetch_documents(folder, base_url=api.url, sleep=waits.append, **options)
    return paths, waits


def test_both_documents_are_fetched_as_they_are(api, tmp_path):
    paths, waits = fetch(api, tmp_path)
    assert [p.read_bytes() for p in paths] == list(BODIES.values())
    assert api.asked == [(f"/fmb/{d}", "inlinehtmlmarkup=true") for d in (ENTRY_TYPE, CASE_TYPE)]
    assert waits == []


@pytest.mark.parametrize("trouble", [500, 503, 429, "close"])
def test_passing_trouble_is_tried_again_with_growing_waits(trouble, api, tmp_path):
    api.plan = [trouble, trouble]
    paths, waits = fetch(api, tmp_path)
    assert len(paths) == 2
    assert waits == [1.0, 2.0]
    assert len(api.asked) == 4


def test_a_slow_answer_is_a_time_out_and_tried_again(api, tmp_path):
    api.plan = ["slow"]
    paths, waits = fetch(api, tmp_path, timeout_seconds=0.2)
    assert len(paths) == 2
    assert waits == [1.0]


def test_lasting_trouble_says_address_tries_and_what_to_do(api, tmp_path):
    api.plan = [503] * 3
    with pytest.raises(FetchError) as caught:
        fetch(api, tmp_path)
    assert str(caught.value) == (
        f"{api.url}{ENTRY_TYPE}?inlinehtmlmarkup=true: the service answered 503, after 3 tries. "
        "The service may be gone. Use files instead: 'fmbstats import fmb FILE…'."
    )
    assert not list(tmp_path.iterdir())


def test_a_service_that_is_gone_is_not_asked_again(api, tmp_path):
    api.plan = [404]
    with pytest.raises(
        FetchError, match=r"the service answered 404\. The address may have changed"
    ):
        fetch(api, tmp_path)
    assert len(api.asked) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>moved</html>", "the answer is not JSON; it begins '<html>moved</html>'."),
        (b'{"data": []}', "the answer holds no 'data'."),
        (b'{"data": [1', "the answer is not JSON"),
    ],
)
def test_another_answer_than_fmb_is_refused(body, reason, api, tmp_path):
    api.plan = [200, body]
    with pytest.raises(FetchError) as caught:
        fetch(api, tmp_path)
    assert reason in str(caught.value)
    assert not list(tmp_path.iterdir())  # not even the first, good document


def test_nobody_listens(tmp_path):
    with socket.socket() as held:  # bound, so nobody else's, and never listened at
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/"
        with pytest.raises(FetchError, match=r"no connection \(ConnectError\), after 1 try\."):
            fetch_documents(tmp_path, base_url=url, n_tries=1)


def test_import_fetch_from_end_to_end(api, tmp_path, capsys):
    folder = tmp_path / "fmb"
    arguments = ["import", "fmb", "--fetch", "--url", api.url, "--to", str(folder)]
    assert main([*arguments, "--date", "2026-11-01"]) == 0
    (edition,) = read_editions(folder)
    assert edition.name == "2026-11"
    assert edition.source["url"] == api.url
    assert edition.source["quality"] == "production"
    assert not list(folder.rglob("*.json.tmp"))
    assert "7 cases" in capsys.readouterr().out


def test_import_fetch_from_a_dead_service_writes_nothing(api, tmp_path, capsys):
    folder = tmp_path / "fmb"
    api.plan = [410]
    assert main(["import", "fmb", "--fetch", "--url", api.url, "--to", str(folder)]) == 17
    assert "the service answered 410" in capsys.readouterr().err
    assert not folder.exists()

"""Executed notebook to page: what gets in, what is escaped, what is refused."""

import base64
import hashlib
import re
from html import unescape

import pytest
from markupsafe import Markup

from fmbstats.pages.assemble import notebook_page
from fmbstats.pages.frame import Frame
from fmbstats.pages.frame import page as whole_page
from fmbstats.pages.grammar import UnsafeHtmlError
from fmbstats.pages.render import PART_MIME

HOSTILE = '<script>alert(1)</script><img src="https://example.org/x.png">'
OWN = {"fmbstats": {"own": True}}


def page(*outputs, markdown=(), language="sv", **about):
    cells = [{"cell_type": "markdown", "metadata": {}, "source": text} for text in markdown]
    code = {"cell_type": "code", "metadata": {}, "source": "secret = 1", "outputs": list(outputs)}
    return notebook_page({"cells": [*cells, code]}, Frame("<Titel>", **about), language=language)


def part(html, place="below", metadata=OWN):
    about = {"key": "k", "place": place, "contents": [["k", "<Del>"]]}
    return {
        "output_type": "display_data",
        "data": {"text/html": html, PART_MIME: about},
        "metadata": metadata,
    }


def shown(metadata=None, **data):
    names = {"html": "text/html", "svg": "image/svg+xml", "png": "image/png"}
    names |= {"plain": "text/plain", "md": "text/markdown"}
    bundle = {names[key]: value for key, value in data.items()}
    return {"output_type": "display_data", "data": bundle, "metadata": metadata or {}}


def body(text):
    return text.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_form_of_a_page(language):
    text = page(part("<h1>A</h1>", "answer"), language=language, edition="<e>", is_internal=True)
    assert re.match(rf'<!doctype html>\s*<html lang="{language}">\s*<head>', text)
    assert text.count("<h1") == 1
    assert "<title>&lt;Titel&gt;" in text
    assert "default-src 'none'" in unescape(text)
    assert "&lt;e&gt;" in text
    assert '<meta name="robots" content="noindex">' in text
    assert "secret" not in text
    assert not re.search(r"(?:src|href)=\"(?!data:|#|index\.html)", text)


def test_parts_stand_at_their_places_with_their_contents():
    places = ("below", "example", "real", "card", "answer")
    text = body(page(*(part(f"<p>{place}</p>", place) for place in places)))
    found = re.findall(r"<p>(answer|card|real|example|below)</p>", text)
    assert found == ["answer", "card", "real", "example", "below"]
    assert text.index('class="says"') < text.index("<p>example</p>") < text.index("<p>below</p>")
    assert '<li class="ex"><a href="#k">&lt;Del&gt;</a></li>' in text


def test_a_part_that_is_not_our_own_is_not_html():
    assert "<b>x</b>" not in body(page(part("<b>x</b>", "answer", metadata={})))


def test_links_to_pages_that_are_not_there_lead_to_the_index():
    own = '<a href="a.html">a</a><a href="b.html">b</a><a href="overview.html">o</a>'
    text = body(page(part(own), pages=("a",)))
    assert 'href="a.html"' in text
    assert 'href="index.html?q=b"' in text
    assert 'href="overview.html"' in text


def test_the_only_script_is_the_one_that_the_policy_names():
    text = page(part("<p>x</p>"))
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in unescape(text)
    assert not re.search(r"\son\w+=", text)
    assert not re.search(r"https?://(?!www\.w3\.org)", script)


def test_only_the_page_with_the_search_field_carries_its_script_and_styles():
    for searches in (False, True):
        text = whole_page(Frame("T"), Markup(""), "sv", searches=searches)
        assert ("data-words" in text, ".entries{" in text) == (searches, searches)
        (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"script-src 'sha256-{digest}'" in unescape(text)


def test_html_of_others_is_not_html():
    assert body(page(shown(html=HOSTILE, plain=HOSTILE))).count("<script") == 0
    assert "&lt;script&gt;" in page(shown(html=HOSTILE, plain=HOSTILE))


@pytest.mark.parametrize(
    "bad",
    [
        "<script>1</script>",
        '<p onclick="x()">a</p>',
        '<img src="https://example.org/x.png">',
        '<a href="javascript:x()">a</a>',
        "<iframe></iframe>",
        '<p style="background: url(https://example.org/x)">a</p>',
    ],
)
def test_own_html_is_checked(bad):
    for output in (shown(OWN, html=bad), part(bad, "answer")):
        with pytest.raises(UnsafeHtmlError, match="not allowed in a page"):
            page(output)


def test_own_html_is_kept():
    own = '<table><tr><th scope="col">å</th></tr></table>'
    assert own in page(shown(OWN, html=own, plain="x"))


def test_pictures_are_images_with_alternative_text():
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    text = body(
        page(shown({"alt": 'kurva "A"'}, svg=svg), shown({"image/png": {"alt": "b"}}, png="aGk=\n"))
    )
    encoded = base64.b64encode(svg.encode()).decode()
    assert f'<img src="data:image/svg+xml;base64,{encoded}" alt="kurva &#34;A&#34;">' in text
    assert '<img src="data:image/png;base64,aGk=" alt="b">' in text
    assert "<script" not in text


def test_a_picture_without_text_is_called_a_figure():
    assert 'alt="Diagram"' in page(shown(svg="<svg/>"))


def test_markdown_is_rendered_and_its_html_is_text():
    text = body(
        page(markdown=[f"## A\n\n{HOSTILE}\n\n![x](https://example.org/y.png) [l](javascript:z)"])
    )
    assert "<h2>A</h2>" in text
    assert "<script" not in text
    assert "<img" not in text
    assert "javascript:" not in text


def test_streams_and_errors_are_text():
    out = {"output_type": "stream", "name": "stdout", "text": ["\x1b[31m<b>", "\x1b[0m\n"]}
    err = {"output_type": "stream", "name": "stderr", "text": "a warning"}
    problem = {"output_type": "error", "ename": "E", "evalue": "<i>", "traceback": ["path"]}
    text = body(page(out, err, problem))
    assert "<pre>&lt;b&gt;</pre>" in text
    assert "<pre>E: &lt;i&gt;</pre>" in text
    assert "a warning" not in text
    assert "path" not in text


def test_cells_for_the_notebook_only_are_left_out():
    cell = {"cell_type": "markdown", "metadata": {"tags": ["notebook-only"]}, "source": "# För lab"}
    assert "För lab" not in notebook_page({"cells": [cell]}, Frame("T"), language="sv")


def test_a_fragment_without_a_charset_is_read_as_it_is_written():
    from fmbstats.gate.read_html import read_html

    page = read_html("<p>Operation i knä/artroskopi/öppen åtkomst</p>")
    assert [piece.text for piece in page.contents.pieces if piece.text.strip()] == [
        "Operation i knä/artroskopi/öppen åtkomst"
    ]

"""Executed notebook to page: what gets in, what is escaped, what is refused."""

import base64
import re

import pytest

from fmbstats.pages.html import Column, Index, UnsafeHtmlError, index_page, notebook_page

HOSTILE = '<script>alert(1)</script><img src="https://example.org/x.png">'
OWN = {"fmbstats": {"own": True}}


def page(*outputs, markdown=(), language="sv", **keywords):
    cells = [{"cell_type": "markdown", "metadata": {}, "source": text} for text in markdown]
    code = {"cell_type": "code", "metadata": {}, "source": "secret = 1", "outputs": list(outputs)}
    return notebook_page({"cells": [*cells, code]}, title="Titel", language=language, **keywords)


def shown(metadata=None, **data):
    names = {"html": "text/html", "svg": "image/svg+xml", "png": "image/png"}
    names |= {"plain": "text/plain", "md": "text/markdown"}
    bundle = {names[key]: value for key, value in data.items()}
    return {"output_type": "display_data", "data": bundle, "metadata": metadata or {}}


def body(text):
    return text.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_form_of_a_page(language):
    text = page(language=language, notices=("SYNTETISKA DATA --",), footer="<f>")
    assert f'<html lang="{language}">\n<!-- SYNTETISKA DATA -  -->\n<head>' in text
    assert text.count("<h1") == 1
    assert "<h1>Titel</h1>" in text
    assert "default-src 'none'" in text
    assert "&lt;f&gt;" in text
    assert "secret" not in text
    assert not re.search(r"(?:src|href)=\"(?!data:|#|index\.html)", text)


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
    with pytest.raises(UnsafeHtmlError, match="not allowed in a page"):
        page(shown(OWN, html=bad))


def test_own_html_is_kept():
    own = '<table><tr><th scope="col">å</th></tr></table>'
    assert own in page(shown(OWN, html=own, plain="x"))


def test_one_first_level_heading():
    text = page(shown(OWN, html="<h1>Depressiv episod</h1>"), shown(OWN, html="<h1>Till</h1>"))
    assert text.count("<h1") == 1
    assert "<h1>Depressiv episod</h1>" in text
    assert '<p class="lead">Till</p>' in text


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
    assert "För lab" not in notebook_page({"cells": [cell]}, title="T")


def test_index_escapes_and_links_only_what_is_there():
    index = Index(
        title="Alla <b>",
        columns=[Column("name", "Namn"), Column("n", "Sjukfall", is_number=True)],
        rows=[{"slug": "a", "name": "<i>A</i>", "n": "1"}, {"slug": "b", "name": "B", "n": "2"}],
        caption="Poster",
    )
    text = index_page(index, language="sv", pages={"a"}, failures=["B: <fel>"])
    assert '<th scope="row"><a href="a.html">&lt;i&gt;A&lt;/i&gt;</a></th>' in text
    assert '<th scope="row">B</th>' in text
    assert '<td class="num">2</td>' in text
    assert "B: &lt;fel&gt;" in text
    assert text.count("<h1") == 1

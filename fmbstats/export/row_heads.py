"""Heads of table rows in a tagged PDF: the first cell of every row of a body names its row.

Typst marks the cells of a table's head. For heads of rows it has `pdf.header-cell`, behind a
feature flag that its Python package cannot set (0.15). So the tags are completed here, in the
finished file: a structure element per cell is plain text there, found by the file's own table of
places. A row's first cell becomes a head with scope "Row" and a name of its own, and the cells
beside it name it among their heads, as PDF/UA-1 wants it where heads are named at all. What is
drawn is untouched.
"""

from __future__ import annotations

import re

_PLACE = re.compile(rb"(\d{10}) (\d{5}) ([nf])\s?\s")
_XREF = re.compile(rb"xref\s+0 (\d+)\s+")
_ELEMENT = re.compile(rb"/Type/StructElem/S/(\w+)")
_KIDS = re.compile(rb"/K\[((?:\d+ 0 R ?)+)\]")
_PARENT = re.compile(rb"/P (\d+) 0 R")
_HEADERS = re.compile(rb"/O/Table/Headers\[([^\]]*)\]")
_NAMES = re.compile(rb"/IDTree<</Names\[(.*?)\]>>", re.DOTALL)
# Sorted behind the names that Typst gives ("U1x0y0"), as a name tree must be.
_PREFIX = b"V"


def with_row_heads(pdf: bytes) -> bytes:
    """Return the PDF with the first cell of each row of a table's body tagged as its head.

    `pdf`: as Typst writes it: objects in plain text, one classic table of places. Returns the same
    document; rows whose first cell is a head already stay as they are. Raises ValueError: the file
    is not laid out so: another version of Typst needs another look.
    """
    objects, tail = _objects(pdf)
    rows = [number for number, body in objects.items() if _kind(body) == b"TR"]
    changed: dict[int, bytes] = {}
    named: list[tuple[bytes, int]] = []
    for row in rows:
        cells = [int(n) for n in re.findall(rb"(\d+) 0 R", _kids(objects[row]))]
        if not cells or [_kind(objects[cell]) for cell in cells] != [b"TD"] * len(cells):
            continue
        name = _PREFIX + b"%07d" % cells[0]
        changed[cells[0]] = _as_head(objects[cells[0]], name)
        changed |= {cell: _beside(objects[cell], name) for cell in cells[1:]}
        named.append((name, cells[0]))
    if not named:
        return pdf
    root, body = next((n, b) for n, b in objects.items() if b"/Type/StructTreeRoot" in b)
    changed[root] = _with_names(body, sorted(named))
    return _written(pdf, objects, changed, tail)


def _objects(pdf: bytes) -> tuple[dict[int, bytes], bytes]:
    """Return the objects by number, in the order of the file, and what follows the places."""
    start = int(pdf[pdf.rindex(b"startxref") + 9 :].split()[0])
    head = _XREF.match(pdf, start)
    if head is None:
        raise ValueError("the PDF has no classic table of places")
    n = int(head[1])
    entries = [_PLACE.match(pdf, head.end() + 20 * k) for k in range(n)]
    places = {k: int(e[1]) for k, e in enumerate(entries) if e is not None and e[3] == b"n"}
    if len(places) != n - 1:
        raise ValueError("the PDF's table of places has gaps")
    order = sorted(places, key=places.__getitem__)
    ends = [*(places[k] for k in order[1:]), start]
    tail = pdf[head.end() + 20 * n : pdf.rindex(b"startxref")]
    return {k: pdf[places[k] : end] for k, end in zip(order, ends, strict=True)}, tail


def _kind(body: bytes) -> bytes:
    found = _ELEMENT.search(body, 0, 80)
    return found[1] if found else b""


def _kids(body: bytes) -> bytes:
    found = _KIDS.search(body)
    return found[1] if found else b""


def _as_head(body: bytes, name: bytes) -> bytes:
    body = body.replace(b"/S/TD", b"/S/TH", 1)
    parent = _PARENT.search(body)
    if parent is None:
        raise ValueError("a cell of the PDF belongs to no row")
    at = parent.end()
    body = body[:at] + b"/ID(" + name + b")" + body[at:]
    if _HEADERS.search(body):
        return body.replace(b"/O/Table/Headers[", b"/O/Table/Scope/Row/Headers[", 1)
    own = b"<</O/Table/Scope/Row/Headers[]>>"
    if b"/A[" in body:
        return body.replace(b"/A[", b"/A[" + own, 1)
    at += len(b"/ID()") + len(name)
    return body[:at] + b"/A[" + own + b"]" + body[at:]


def _beside(body: bytes, name: bytes) -> bytes:
    found = _HEADERS.search(body)
    return (
        body if found is None else body[: found.end(1)] + b"(" + name + b")" + body[found.end(1) :]
    )


def _with_names(body: bytes, named: list[tuple[bytes, int]]) -> bytes:
    """Add names to the tree of names; the list stays sorted."""
    added = b"".join(b"(%s)%d 0 R" % pair for pair in named)
    known = _NAMES.search(body)
    if known is None:
        raise ValueError("the PDF's tags have no flat list of names")
    if any(other >= _PREFIX for other in re.findall(rb"\(([^)]*)\)\d+ 0 R", known[1])):
        raise ValueError("the PDF's tags have names behind those of rows")
    return body[: known.end(1)] + added + body[known.end(1) :]


def _written(
    pdf: bytes, objects: dict[int, bytes], changed: dict[int, bytes], tail: bytes
) -> bytes:
    """Write the objects one after the other, and where each now stands."""
    first = next(iter(objects.values()))
    parts, places = [pdf[: pdf.index(first)]], {}
    at = len(parts[0])
    for number, body in objects.items():
        places[number] = at
        parts.append(changed.get(number, body))
        at += len(parts[-1])
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    parts += [b"%010d 00000 n \n" % places[number] for number in sorted(places)]
    parts += [tail, b"startxref\n%d\n%%%%EOF" % at]
    return b"".join(parts)

"""How a file may be changed, by its form: strategies of functions from bytes to bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable

from hypothesis import strategies as st

Change = Callable[[bytes], bytes]

# ------------------------------------------------------------------ values

NASTY = (
    "", " ", "NaN", "nan", "inf", "-0", "-1", "1e400", "9" * 400, "0" * 50 + "1", "1_000", "١٢٣",
    "²", "½", "1,5", "1.5e3", "0x10", "true", "None", "NULL", "\x00", "\ufeff", "\x1b[2J", "\u202e",
    "\u2028", "\x85", "\r", "a\rb", "a\nb", '"', '""', "'", ";", ",", "\t", "=1+1", "F32", "F32.1-",
    "F00-F99", "Z99-A00", "A00-", "2017-02-29", "0000-00-00", "9999-12-31", "0001-01-01",
    "2017-01-01T00:00:00Z", "20170101", "31/12/2017", "17", "K", "Å", "ﬀ", "İ", "ß", "%", "< 5 %",
    "27 %", "< 5", "..", "-", "*", "1-14", "15-", "14-1", "[1, 2]", "{}", "../../x", "a" * 300,
    "a" * 70_000,
)  # fmt: skip
TEXTS = st.sampled_from(NASTY) | st.text(max_size=12) | st.integers().map(str)
NUMBERS = st.sampled_from(
    [0, -1, 1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**30, 10**400, 1e308, 5e-324, 0.1, True]
) | st.floats()  # fmt: skip
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS | st.just("\ud800")
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


# ------------------------------------------------------------------ any bytes

PARTS = st.sampled_from(
    [b"", b"\x00", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xed\xa0\x80", b"\xff", b"\r",
     b"\n\n", b'"', b"\x1a", b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"\x00" * 300, b"{", b"[" * 3000,
     b"<", b"&a;"]
) | st.binary(max_size=8)  # fmt: skip
PLACES = st.floats(0, 1)


@st.composite
def of_bytes(draw) -> Change:
    """Cut, flip, put in, put over, repeat, pack: what happens to any file."""
    kind = draw(st.sampled_from(["cut", "flip", "in", "over", "repeat", "gzip", "encode", "head"]))
    first, last = sorted((draw(PLACES), draw(PLACES)))
    part = draw(PARTS)
    bit, encoding = draw(st.integers(0, 7)), draw(st.sampled_from(["utf-16", "utf-32", "cp850"]))

    def change(content: bytes) -> bytes:
        a, b = int(first * len(content)), int(last * len(content))
        if kind == "cut":
            return content[:a] + content[b:]
        if kind == "flip" and content:
            at = min(a, len(content) - 1)
            return content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]
        if kind == "over":
            return content[:a] + part + content[a + len(part) :]
        if kind == "repeat":
            return content + content[a:b]
        if kind == "gzip":
            return gzip.compress(content, mtime=0)
        if kind == "encode":
            return content.decode("utf-8", "replace").encode(encoding, "replace")
        return part + content if kind == "head" else content[:a] + part + content[a:]

    return change


def applied(content: bytes, changes: list[Change]) -> bytes:
    for change in changes:
        content = change(content)
    return content


def some(*changes: st.SearchStrategy[Change], most: int = 3) -> st.SearchStrategy[list[Change]]:
    """A few changes; those of the file's own form are the most."""
    return st.lists(st.one_of(*changes), min_size=1, max_size=most)


# ------------------------------------------------------------------ tables


@st.composite
def of_table(draw, separator: str) -> Change:  # noqa: C901
    """Change cells, heads, rows and columns of a text table."""
    kind = draw(st.sampled_from(["cell", "cell", "cell", "column", "name", "row", "twice", "gone",
                                 "empty", "move", "quote"]))  # fmt: skip
    row, column, value = draw(st.integers(0, 60)), draw(st.integers(0, 20)), draw(TEXTS)

    def change(content: bytes) -> bytes:
        lines = content.decode("utf-8", "surrogateescape").split("\n")
        cells = [line.split(separator) for line in lines]
        at = row % len(cells)
        n = column % len(cells[at])
        if kind == "cell":
            cells[at][n] = value
        elif kind == "quote":
            cells[at][n] = f'"{value}"'
        elif kind == "name":
            cells[0][column % len(cells[0])] = value
        elif kind == "column":
            for line in cells[1:]:
                line[min(n, len(line) - 1)] = value
        elif kind == "row":
            cells[at] = cells[at] * 2 if column % 2 else cells[at][:n]
        elif kind == "twice":
            cells = [[*line, line[min(n, len(line) - 1)]] for line in cells]
        elif kind == "gone":
            cells = [line[:n] + line[n + 1 :] for line in cells]
        elif kind == "empty":
            cells = cells[:1]
        else:
            cells.insert(0, cells.pop(at))
        return "\n".join(map(separator.join, cells)).encode("utf-8", "surrogateescape")

    return change


# ------------------------------------------------------------------ JSON, XML, TOML


def places(document: object, place: tuple = ()):
    """Every place in a document."""
    inner = document.items() if isinstance(document, dict) else ()
    inner = enumerate(document) if isinstance(document, list) else inner
    for key, value in inner:
        yield (*place, key)
        yield from places(value, (*place, key))


@st.composite
def of_json(draw) -> Change:  # noqa: C901
    """Put, take away, rename, double and nest what stands at a place; change all of a name."""
    kind = draw(st.sampled_from(["put", "put", "all", "gone", "name", "double", "nest", "twice"]))
    at, value, name, depth = (
        draw(PLACES), draw(VALUES), draw(TEXTS), draw(st.sampled_from([1, 50, 5000]))
    )  # fmt: skip

    def change(content: bytes) -> bytes:
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            return content
        known = list(places(document))
        if not known:
            return json.dumps(value).encode()
        *way, last = known[min(int(at * len(known)), len(known) - 1)]
        inner = document
        for key in way:
            inner = inner[key]
        if kind == "put":
            inner[last] = value
        elif kind == "gone":
            del inner[last]
        elif kind == "name" and isinstance(inner, dict):
            inner[name] = inner.pop(last)
        elif kind == "double" and isinstance(inner, list):
            inner.extend([inner[last]] * 3)
        text = json.dumps(document)
        if kind == "nest":
            inner[last] = "@"
            text = json.dumps(document).replace('"@"', "[" * depth + "1" + "]" * depth)
        if isinstance(last, str) and kind in ("all", "twice"):
            pattern = rf'({re.escape(json.dumps(last))}: )("(?:[^"\\]|\\.)*"|-?[0-9.]+|null|true)'
            new = json.dumps(value)
            text = re.sub(
                pattern, lambda m: m[1] + (new if kind == "all" else f"{m[2]}, {m[1]}{new}"), text
            )
        return text.encode("utf-8", "surrogateescape")

    return change


@st.composite
def of_xml(draw) -> Change:
    """Change texts, tags and attributes; take away, double, nest."""
    kind = draw(st.sampled_from(["text", "all", "tag", "gone", "double", "nest", "attribute"]))
    at, text, depth = draw(PLACES), draw(TEXTS), draw(st.sampled_from([3, 300, 20_000]))

    def change(content: bytes) -> bytes:
        said = content.decode("utf-8", "surrogateescape")
        plain = text.replace("&", "").replace("<", "")
        found = list(re.finditer(r"<([\w:]+)([^<>]*)>([^<>]*)</\1>", said))
        if not found:
            return content
        one = found[min(int(at * len(found)), len(found) - 1)]
        new = {
            "text": f"<{one[1]}{one[2]}>{plain}</{one[1]}>",
            "tag": f"<{one[1]}x>{one[3]}</{one[1]}x>",
            "gone": "",
            "double": one[0] * 2,
            "nest": f"<{one[1]}>" * depth + one[3] + f"</{one[1]}>" * depth,
            "attribute": f'<{one[1]} a="1" xsi:nil="true">{one[3]}</{one[1]}>',
        }.get(kind)
        if new is None:
            said = re.sub(
                rf"(<{one[1]}[^<>]*>)[^<>]*(</{one[1]}>)", lambda m: m[1] + plain + m[2], said
            )
        else:
            said = said[: one.start()] + new + said[one.end() :]
        return said.encode("utf-8", "surrogateescape")

    return change


def as_toml(value: object) -> str:
    """Write a value in TOML; what TOML has no word for is a text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        inner = (f"{as_toml(str(k))} = {as_toml(v)}" for k, v in value.items())
        return f"{{{', '.join(inner)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(as_toml, value))}]"
    if isinstance(value, float | int):
        return str(value) if len(str(value)) < 4000 else "9" * 4000
    return json.dumps("" if value is None else str(value)).replace("\\ud800", "x")


@st.composite
def of_toml(draw) -> Change:
    """Change values and keys; take away, double, move into other sections, nest."""
    kind = draw(
        st.sampled_from(["value", "value", "value", "key", "gone", "double", "nest", "move"])
    )
    at, value, name = draw(PLACES), draw(VALUES), draw(TEXTS)
    depth = draw(st.sampled_from([2, 13, 900]))

    def change(content: bytes) -> bytes:
        lines = content.decode("utf-8", "surrogateescape").split("\n")
        keyed = [n for n, line in enumerate(lines) if " = " in line]
        if not keyed:
            return content
        n = keyed[min(int(at * len(keyed)), len(keyed) - 1)]
        key, _, old = lines[n].partition(" = ")
        if kind == "move":
            lines.insert(keyed[-1], lines.pop(n))
        else:
            lines[n] = {
                "value": f"{key} = {as_toml(value)}", "key": f"{as_toml(name)} = {old}", "gone": "",
                "double": f"{lines[n]}\n{lines[n]}", "nest": f"{key} = {'[' * depth}{']' * depth}",
            }[kind]  # fmt: skip
        return "\n".join(lines).encode("utf-8", "surrogateescape")

    return change


# ------------------------------------------------------------------ archives, workbooks, Parquet


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


@st.composite
def of_zip(draw, inner: dict[str, st.SearchStrategy[Change]], is_hashed: bool = False) -> Change:
    """Change members by their own form (their hashes made right again), or what is a member."""
    kind = draw(st.sampled_from(["member"] * 5 + ["name", "gone", "other", "bomb"]))
    ending = draw(st.sampled_from(sorted(inner)))
    changes, at = draw(st.lists(inner[ending], min_size=1, max_size=2)), draw(PLACES)
    name = draw(st.sampled_from(["../x", "/x", "x" * 300, "", "a\x00b", "å.csv", "a/../b.csv"]))

    def change(content: bytes) -> bytes:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                members = {n: archive.read(n) for n in archive.namelist()}
        except (ValueError, OSError, RuntimeError, EOFError, zlib.error, zipfile.BadZipFile):
            return content
        known = sorted(n for n in members if n.endswith(ending))
        one = known[min(int(at * len(known)), len(known) - 1)] if known else ""
        if kind == "member" and known:
            members[one] = applied(members[one], changes)
        elif kind == "name" and known:
            members[name] = members.pop(one)
        elif kind == "gone":
            members.pop(one, None)
        else:
            members[name or "x.csv"] = bytes(30 << 20 if kind == "bomb" else 10)
        return zipped(hashed(members) if is_hashed else members)

    return change


def hashed(members: dict[str, bytes]) -> dict[str, bytes]:
    """Make the hashes right again that a ledger's settings hold."""
    try:
        said = json.loads(members["settings.json"])
        said["sha256"] = {
            n: hashlib.sha256(c).hexdigest() for n, c in members.items() if n != "settings.json"
        }
    except (KeyError, TypeError, ValueError, RecursionError):
        return members
    return members | {"settings.json": json.dumps(said).encode()}


@st.composite
def of_parquet(draw) -> Change:
    """Flip bits of metadata or pages, or make a column of another type."""
    kind = draw(st.sampled_from(["metadata", "metadata", "page", "length", "type", "type"]))
    places_of = draw(st.lists(PLACES, min_size=1, max_size=4))
    bit, name = draw(st.integers(0, 7)), draw(st.sampled_from(sorted(OTHER_TYPES)))
    column = draw(st.integers(0, 20))

    def change(content: bytes) -> bytes:
        if kind == "type" or len(content) < 12:
            return with_column(content, column, name)
        length = min(int.from_bytes(content[-8:-4], "little"), len(content) - 12)
        ranges = {
            "metadata": (len(content) - 8 - length, length), "length": (len(content) - 8, 8),
            "page": (4, len(content) - 12 - length),
        }  # fmt: skip
        start, size = ranges[kind]
        found = bytearray(content)
        for place in places_of:
            found[start + min(int(place * size), max(size - 1, 0))] ^= 1 << bit
        return bytes(found)

    return change


def _types() -> dict[str, Callable]:
    import pyarrow as pa

    return {
        "struct": lambda n: pa.array([{"a": 1}] * n),
        "list": lambda n: pa.array([[1, 2]] * n),
        "bytes": lambda n: pa.array([b"\xff\x00"] * n),
        "null": pa.nulls,
        "nan": lambda n: pa.array([float("nan")] * n),
        "inf": lambda n: pa.array([float("inf")] * n),
        "huge": lambda n: pa.array([2**63 - 1] * n),
        "unsigned": lambda n: pa.array([2**64 - 1] * n, pa.uint64()),
        "bool": lambda n: pa.array([True] * n),
        "decimal": lambda n: pa.array([None] * n, pa.decimal256(76, 3)),
        "day": lambda n: pa.array([-(10**6)] * n, pa.date32()),
        "far": lambda n: pa.array([2**62] * n, pa.timestamp("ns")),
        "zone": lambda n: pa.array([0] * n, pa.timestamp("us", "Mars/Base")),
        "time": lambda n: pa.array([1] * n, pa.time32("s")),
        "span": lambda n: pa.array([1] * n, pa.duration("s")),
        "dictionary": lambda n: pa.array(["F32"] * n).dictionary_encode(),
        "nested": lambda n: pa.array([[{"a": [1]}]] * n),
        "text": lambda n: pa.array(["\x00\x1b[2J"] * n),
    }


OTHER_TYPES = _types()


def with_column(content: bytes, column: int, name: str) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(content), use_threads=False)
    except (pa.ArrowException, OSError, ValueError):
        return content
    at = column % max(table.num_columns, 1)
    table = table.set_column(at, table.schema.names[at], OTHER_TYPES[name](table.num_rows))
    buffer = io.BytesIO()
    try:
        pq.write_table(table, buffer)
    except (pa.ArrowException, ValueError):  # what Parquet has no type for
        return content
    return buffer.getvalue()

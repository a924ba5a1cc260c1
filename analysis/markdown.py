"""One text, three forms: Markdown as it is written, HTML for a page, Typst for a PDF.

The report and the ODD are written once, in Markdown (CommonMark with tables). markdown-it-py reads it; this module
turns what it read into Typst. Raw HTML and links to places on this machine are refused, so a text means the same in
all three forms.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

_READER = MarkdownIt("commonmark", {"html": False}).enable("table")

#: Characters that mean something to Typst in text.
_SPECIAL = re.compile(r"([\\#$*_`@<>\[\]~])")


def to_html(text: str) -> str:
    """Give the HTML of a text, without head and body; wide tables can be scrolled."""
    html = _READER.render(text)
    return html.replace("<table>", '<div class="table"><table>').replace("</table>", "</table></div>")


def to_typst(text: str, *, level: int = 0) -> str:
    """Give the Typst source of a text; `level` is added to the level of its headings."""
    return "".join(_blocks(iter(_READER.parse(text)), level)).strip() + "\n"


def escape(text: str) -> str:
    """Give a text so that Typst prints it as it stands.

    >>> escape("50 % of #1 // a_b")
    '50 % of \\\\#1 \\\\/\\\\/ a\\\\_b'
    """
    escaped = _SPECIAL.sub(r"\\\1", text).replace("//", r"\/\/").replace("/*", r"\/\*")
    return re.sub(r"(?m)^(\s*)([=+/-]|\d+\.)(?=\s)", r"\1\\\2", escaped)


def table(headings: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[int] = ()) -> str:
    """Give a Markdown table; the columns at the positions `right` hold numbers.

    >>> print(table(["a", "b"], [["x", 1]], right=[1]))
    | a | b |
    |---|---:|
    | x | 1 |
    """
    rule = "".join("---:|" if place in right else "---|" for place in range(len(headings)))
    lines = ["| " + " | ".join(headings) + " |", "|" + rule]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(content: Any) -> str:
    return " ".join(str(content).split()).replace("|", "\\|")


def slug(heading: str) -> str:
    """Give the name under which a heading can be linked to.

    >>> slug("II.iv Individual sensing")
    'ii-iv-individual-sensing'
    """
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


# Typst ----------------------------------------------------------------------------------------------------------


def _blocks(tokens: Iterator[Token], level: int) -> Iterator[str]:
    lists: list[str] = []
    for token in tokens:
        match token.type:
            case "heading_open":
                words = _inline(next(tokens))
                yield f"\n{'=' * (int(token.tag[1]) + level)} {words}\n"
                next(tokens)
            case "paragraph_open":
                yield _inline(next(tokens)) + ("\n" if token.hidden else "\n\n")
                next(tokens)
            case "bullet_list_open" | "ordered_list_open":
                lists.append("-" if token.type.startswith("bullet") else "+")
                yield "\n" if len(lists) == 1 else ""
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
                yield "\n" if not lists else ""
            case "list_item_open":
                indent = "  " * (len(lists) - 1)
                yield f"{indent}{lists[-1]} " + _item(tokens, level, indent)
            case "fence" | "code_block":
                yield _raw(token.content)
            case "table_open":
                yield _table(tokens)
            case "hr":
                yield "#line(length: 100%, stroke: 0.4pt)\n\n"
            case "blockquote_open":
                yield "#quote(block: true)["
            case "blockquote_close":
                yield "]\n\n"
            case kind:
                raise ValueError(f"a text has '{kind}', which has no form in Typst")


def _item(tokens: Iterator[Token], level: int, indent: str) -> str:
    inside, depth = [], 1
    for token in tokens:
        depth += {"list_item_open": 1, "list_item_close": -1}.get(token.type, 0)
        if depth == 0:
            break
        inside.append(token)
    text = "".join(_blocks(iter(inside), level)).strip("\n")
    return text.replace("\n", f"\n{indent}  ") + "\n"


def _raw(content: str) -> str:
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", content))])
    return f"{fence}text\n{content.rstrip()}\n{fence}\n\n"


def _table(tokens: Iterator[Token]) -> str:
    rows: list[list[str]] = []
    aligned: list[str] = []
    for token in tokens:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        if token.type in ("th_open", "td_open"):
            if len(rows) == 1:
                aligned.append("right" if "right" in str(token.attrs.get("style", "")) else "left")
            rows[-1].append(f"[{_inline(next(tokens))}]")
    head, *body = rows
    lines = [f"#table(columns: ({_widths(rows)},), align: ({', '.join(aligned)},),"]
    lines += [f"  table.header({', '.join(head)}),"]
    lines += [f"  {', '.join(row)}," for row in body]
    return "\n".join(lines) + "\n)\n\n"


def _widths(rows: list[list[str]]) -> str:
    """Give the widths of columns: as wide as they are where all fit, else in proportion to what they hold."""
    columns = zip(*rows, strict=True)
    lengths = [[_length(cell) for cell in column] for column in columns]
    widest = [max(column) for column in lengths]
    if sum(widest) <= 84:
        return ", ".join(["auto"] * len(widest))
    shares = [max(sum(column) / len(column), 0.3 * max(column), 12.0) for column in lengths]
    named = [any("#raw(" in row[place] for row in rows) for place in range(len(widest))]
    return ", ".join(
        "auto" if wide <= 12 else f"{min(1.6 * share if code else share, 48):.1f}fr"
        for wide, share, code in zip(widest, shares, named, strict=True)
    )


def _length(cell: str) -> int:
    """Give the number of letters of a cell that are printed."""
    return len(re.sub(r'#\w+\(?"?|"\);|\];|^\[|\]$', "", cell))


def _inline(token: Token) -> str:
    return "".join(_words(token.children or []))


def _words(children: Sequence[Token]) -> Iterator[str]:
    for child in children:
        match child.type:
            case "text":
                yield escape(child.content)
            case "code_inline":
                yield f'#raw("{_quoted(child.content)}");'
            case "softbreak":
                yield "\n"
            case "hardbreak":
                yield " \\\n"
            case "strong_open":
                yield "#strong["
            case "em_open":
                yield "#emph["
            case "strong_close" | "em_close":
                yield "];"  # the semicolon ends the call, or a bracket that follows would belong to it
            case "link_open":
                target = str(child.attrs["href"])
                yield f'#link("{_quoted(target)}")[' if "://" in target else "#text["
            case "link_close":
                yield "];"
            case "image":
                path = _quoted(str(child.attrs["src"]))
                alt = _quoted(child.content)
                yield f'#block(above: 1.2em, below: 1.4em, image("{path}", width: 100%, alt: "{alt}"))'
            case kind:
                raise ValueError(f"a text has '{kind}', which has no form in Typst")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')

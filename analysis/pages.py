"""A text as a page that stands alone: HTML in one file, or PDF through Typst. Neither needs a network.

    html("Effects", text, folder)             # pictures of the folder are put into the page
    pdf("Effects", text, folder, "out.pdf")

Pictures are named in the text by their file, as in `![caption](policy_effects.svg)`, and stand in `folder`. Letters are
DejaVu, which comes with matplotlib; they are given to Typst from there, so a PDF is the same on every machine.
"""

import base64
import html as html_words
import re
from pathlib import Path

import matplotlib as mpl
import typst

from analysis.markdown import slug, to_html, to_typst

TEMPLATES = Path(__file__).parent / "templates"
FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"

_KINDS = {".svg": "image/svg+xml", ".png": "image/png"}


class PageError(ValueError):
    """A page cannot be made; the message is one line."""


def html(title: str, text: str, folder: Path, *, generator: str = "Werkstand") -> str:
    """Give a text as one HTML file with contents, pictures and styles inside; raises `PageError`."""
    body = re.sub(r'<img src="([^"]*)"', lambda found: f'<img src="{_inline(folder / found[1])}"', to_html(text))
    headings: list[tuple[str, str]] = []

    def named(found: re.Match[str]) -> str:
        words = re.sub(r"<.*?>", "", found[2])
        if found[1] == "2":
            headings.append((slug(words), words))
        return f'<h{found[1]} id="{slug(words)}">{found[2]}</h{found[1]}>'

    body = re.sub(r"<h([1-4])>(.*?)</h\1>", named, body)
    contents = "\n".join(f'<a href="#{name}">{words}</a>' for name, words in headings)
    page = (TEMPLATES / "page.html").read_text(encoding="utf-8")
    parts = {
        "title": html_words.escape(title),
        "generator": html_words.escape(generator),
        "contents": contents,
        "body": body,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], page)


def pdf(title: str, text: str, folder: Path, file: Path, *, generator: str = "Werkstand") -> Path:
    """Write a text as PDF; raises `PageError` with Typst's reason."""
    source = (TEMPLATES / "page.typ").read_text(encoding="utf-8") + "\n" + to_typst(text)
    compile_typst(source, folder, file, {"title": title, "generator": generator})
    return file


def compile_typst(source: str | Path, folder: Path, file: Path, inputs: dict[str, str] | None = None) -> None:
    """Compile Typst text or a file to PDF with the fonts of matplotlib only; paths are relative to `folder`."""
    given = source if isinstance(source, Path) else source.encode()
    try:
        typst.compile(  # type: ignore[misc]  # its types leave out text in bytes
            given if isinstance(given, bytes) else str(given),
            output=str(file),
            root=str(folder),
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            sys_inputs=inputs or {},
            timestamp=0,
        )
    except typst.TypstError as error:
        raise PageError(f"{Path(file).name}: Typst cannot make it: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """Give the message and the hints of an error of Typst in one line."""
    said = [str(getattr(error, "message", "") or error), *map(str, getattr(error, "hints", ()))]
    return " ".join(" ".join(said).split())


def _inline(path: Path) -> str:
    if "://" in str(path) or not path.is_file():
        raise PageError(f"{path.name}: the text shows a picture that is not there")
    return f"data:{_KINDS[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"

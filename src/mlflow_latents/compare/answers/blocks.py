"""What a page is made of; the same page is written as Markdown and as HTML."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from mlflow_latents.compare.tables import markdown_lines


@dataclass(frozen=True)
class Text:
    """A paragraph; `code` and **bold** as in Markdown."""

    text: str
    kind = "text"


@dataclass(frozen=True)
class Items:
    """A list of sentences."""

    lines: tuple[str, ...]
    kind = "items"


@dataclass(frozen=True)
class Table:
    """A table of texts: the columns' names, and as many cells in each row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kind = "table"


@dataclass(frozen=True)
class Picture:
    """A figure: the name of its file without ending, title, and how to read it."""

    name: str
    title: str
    caption: str
    kind = "picture"


@dataclass(frozen=True)
class Code:
    """Commands."""

    text: str
    kind = "code"


Block = Text | Items | Table | Picture | Code


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it; folded in HTML where it is long and seldom read."""

    title: str
    blocks: tuple[Block, ...]
    folded: bool = False


def markdown(title: str, sections: Sequence[Section]) -> str:
    """Write a page as Markdown; figures lie beside it."""
    parts = [f"# {title}"]
    for section in sections:
        parts += [f"## {section.title}", *(_markdown_of(block) for block in section.blocks)]
    return "\n\n".join(parts) + "\n"


def marked(text: str) -> str:
    """Write a paragraph as HTML."""
    text = html.escape(text, quote=False)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)


def _markdown_of(block: Block) -> str:
    match block:
        case Text(text):
            return text
        case Items(lines):
            return "\n".join(f"- {line}" for line in lines)
        case Table(columns, rows):
            return markdown_lines([columns, ("---",) * len(columns), *rows])
        case Picture(name, title, caption):
            return f"![{title}]({name}.png)\n\n{caption}"
        case Code(text):
            return f"```sh\n{text}\n```"

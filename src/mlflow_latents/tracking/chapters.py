"""Chapters of a run's page that come later: what a probe found, in words, tables and figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from mlflow_latents import __version__
from mlflow_latents.tracking.page import Picture, template


@dataclass(frozen=True)
class ChapterTable:
    """A table of a chapter.

    Parameters
    ----------
    title
        Its heading.
    note
        What its columns say.
    columns
        Their names.
    rows
        Cells as text.
    """

    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def render_chapter(
    title: str,
    sentences: Sequence[str],
    tables: Sequence[ChapterTable],
    pictures: Sequence[Picture],
) -> str:
    """Write a chapter as HTML.

    Parameters
    ----------
    title
        Its heading.
    sentences
        What was found, each a paragraph.
    tables
        Its tables.
    pictures
        Its figures, in order.

    Returns
    -------
    str
        HTML to put into a page: see `mlflow_latents.tracking.findings.add_chapter`.
    """
    chapter = template("chapter.html.jinja")
    return chapter.render(title=title, sentences=sentences, tables=tables, pictures=pictures)


def empty_page(title: str) -> str:
    """Write a page without chapters, for a run that has none."""
    return template("empty_page.html.jinja").render(title=title, version=__version__)

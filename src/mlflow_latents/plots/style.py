"""How every figure looks, and how it becomes a PNG.

Matplotlib is imported when something is drawn, so that importing the figures costs nothing.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

P = ParamSpec("P")
R = TypeVar("R")

WIDTH, HEIGHT = 8.0, 4.5
DPI, PHOTOGRAPH_DPI = 130, 100
PNG_LIMIT = 200_000

# Dark, light and black: told apart by lightness alone, hence in grey and by the colour-blind.
IN_SAMPLE = "#08519c"
HELD_OUT = "#f28e2b"
THEORY = "#000000"
FAINT = "#9a9a9a"
BAND = "#dcdcdc"
FILL = "#b9d3ea"

IN_SAMPLE_LINE = {"color": IN_SAMPLE, "linestyle": "-", "marker": "o"}
HELD_OUT_LINE = {"color": HELD_OUT, "linestyle": "--", "marker": "s"}
THEORY_LINE = {"color": THEORY, "linestyle": (0, (4, 2)), "linewidth": 1.2}

STYLE: dict[str, Any] = {
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "legend.handlelength": 2.0,
    "legend.handletextpad": 0.5,
    "figure.titlesize": 12,
    "figure.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "lines.linewidth": 1.6,
    "lines.markersize": 4,
    "axes.unicode_minus": True,
    "path.simplify": True,
}


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Run ``function`` under the package's style, whatever the user's own settings are."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        import matplotlib.style

        with matplotlib.style.context(["default", STYLE]):
            return function(*args, **kwargs)

    return wrapper


def new_figure(title: str, height: float = HEIGHT) -> Figure:
    """Return an empty figure, 8 inches wide, that belongs to no window and no global state."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.06, h_pad=0.06)
    figure.suptitle(title, x=0.01, ha="left")
    return figure


@styled
def sentence_figure(title: str, sentence: str) -> Figure:
    """Return a figure that says in one sentence why there is nothing to draw."""
    figure = new_figure(title, height=1.5)
    figure.text(0.01, 0.4, sentence, ha="left", va="center")
    return figure


def legend_above(axes: Axes, columns: int = 3) -> None:
    """Put the legend over the axes, where it hides no data."""
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderaxespad=0.2, columnspacing=1.0
    )


def plain_log_ticks(axis) -> None:
    """Label a logarithmic axis 1, 10, 100 rather than by powers; few ticks, all readable."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axis.get_view_interval()
    subs = (1.0, 2.0, 5.0) if high / low < 2000 else (1.0,)
    axis.set_major_locator(LogLocator(base=10, subs=subs, numticks=12))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


@styled
def to_png(figure: Figure) -> bytes:
    """Render a figure as a PNG file of at most about 200 kB.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Any figure of this room.

    Returns
    -------
    bytes
        The file's content. A picture above the limit is reduced to 256 colours, and if that is
        not enough (photographs) drawn again 800 pixels wide, and if need be in fewer colours.
    """
    png = _render(figure, DPI)
    if len(png) > PNG_LIMIT:
        png = _reduced(png, 256)
    if len(png) > PNG_LIMIT:
        smaller = _render(figure, PHOTOGRAPH_DPI)
        for colours in (256, 128, 64):
            png = _reduced(smaller, colours)
            if len(png) <= PNG_LIMIT:
                break
    return png


def _render(figure: Figure, dpi: int) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()


def _reduced(png: bytes, colours: int) -> bytes:
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(colours, dither=Image.Dither.NONE)
    smaller = io.BytesIO()
    picture.save(smaller, format="png", optimize=True)
    return smaller.getvalue()

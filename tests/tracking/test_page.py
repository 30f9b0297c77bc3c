from html.parser import HTMLParser

import numpy as np
import pytest

from mlflow_latents.plots import Caption
from mlflow_latents.stats import assess
from mlflow_latents.tracking import Picture, latent_metrics, render_page


class Cells(HTMLParser):
    """Collects the rows of all tables as lists of texts."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.open = [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        self.open = tag in ("td", "th")
        if self.open:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self.open = self.open and tag not in ("td", "th")

    def handle_data(self, data):
        if self.open:
            self.rows[-1][-1] += data


@pytest.mark.parametrize("held_out", [True, False])
def test_page_says_verdict_and_numbers(held_out):
    z = np.random.default_rng(0).standard_t(4, size=(3000, 5))
    report = assess(z, z[:1000] if held_out else None)
    picture = Picture("a", Caption("A figure", "Read it so."), b"\x89PNG")
    html = render_page("run <1>", report, latent_metrics(report), [picture], {"data_dir": "<&>"})
    assert "run &lt;1&gt;" in html
    assert report.verdict.sentence in html
    assert "Read it so." in html
    assert "data:image/png;base64,iVBORw==" in html
    rows = {row[0]: row for row in Cells(html).rows}
    ratio = rows["Variance ratio of d2"]
    assert ratio[1] == f"{report.in_sample.radial.variance_ratio:.4g}"
    assert len(ratio) == (5 if held_out else 4)
    assert rows["Rank"][1] == "5"
    assert rows["data_dir"][1] == "<&>"
    assert "Reconstruction, SSIM" not in rows


def test_page_of_hardly_any_vectors():
    report = assess(np.random.default_rng(0).normal(size=(8, 2)))
    assert "undecided" in render_page("few", report, latent_metrics(report), [], {})

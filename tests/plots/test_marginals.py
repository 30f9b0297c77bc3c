from dataclasses import replace

import numpy as np
import pytest

from mlflow_latents.plots.marginals import draw_marginals, marginals_info


def test_shows_the_worst_coordinate_and_the_worst_axis(cloud):
    data = cloud("bimodal")
    histograms = marginals_info(data.z, data.report).histograms
    assert [h.label for h in histograms][1] == "z3, the worst"
    assert histograms[2].label == "axis 1, widest, worst"
    assert histograms[1].ks == np.nanmax(data.report.in_sample.marginal.ks)


def test_two_modes_are_seen(cloud):
    data = cloud("bimodal")
    worst = marginals_info(data.z, data.report).histograms[1]
    middle = np.abs(worst.middles).argmin()
    assert worst.density[middle] < 0.2 * worst.density.max()


def test_densities_are_counts_of_the_standardised_axis(cloud):
    data = cloud("heavy tails")
    for histogram in marginals_info(data.z, data.report).histograms[:2]:
        x = data.z[:, int(histogram.label[1])]
        x = (x - x.mean()) / x.std(ddof=1)
        counted, _ = np.histogram(x, histogram.edges)
        np.testing.assert_allclose(
            histogram.density * len(x) * np.diff(histogram.edges), counted, atol=1
        )
        assert histogram.beyond == np.count_nonzero(np.abs(x) > histogram.edges[-1])


def test_densities_and_what_lies_beyond_make_one(every_cloud):
    info = marginals_info(every_cloud.z, every_cloud.report)
    for histogram in info.histograms:
        inside = np.sum(histogram.density * np.diff(histogram.edges))
        assert inside + histogram.beyond / info.n == pytest.approx(1)


def test_no_axis_is_shown_twice(every_cloud):
    labels = [
        h.label.split(",")[0] for h in marginals_info(every_cloud.z, every_cloud.report).histograms
    ]
    assert len(set(labels)) == len(labels) >= 2


def test_constant_coordinates_are_not_chosen(cloud):
    data = cloud("dead dimensions")
    labels = {h.label.split(",")[0] for h in marginals_info(data.z, data.report).histograms}
    assert not labels & {"z2", "z4"}


def test_an_axis_is_shown_where_no_coordinate_was_judged(cloud):
    data = cloud("one dimension")
    ks = np.full(1, np.nan)
    judged = data.report.in_sample
    judged = replace(
        judged, marginal=replace(judged.marginal, ks=ks), principal=replace(judged.principal, ks=ks)
    )
    info = marginals_info(data.z, replace(data.report, in_sample=judged))
    assert [h.label for h in info.histograms] == ["axis 1, widest, worst"]
    draw_marginals(info)

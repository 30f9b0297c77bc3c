import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.plots.overlay_lines import MOST_NAMED, RunGroups, run_lines


def labels(n):
    return [f"run {i}" for i in range(n)]


def test_up_to_twelve_runs_are_named_and_told_apart():
    lines = run_lines(labels(MOST_NAMED))
    assert [line.entry for line in lines] == labels(MOST_NAMED)
    assert len({(line.color, line.linestyle) for line in lines}) == MOST_NAMED


def test_more_are_one_grey_bundle():
    (line,) = set(run_lines(labels(MOST_NAMED + 1)))
    assert line.entry == "13 runs"


def test_long_labels_keep_beginning_and_id():
    (line,) = run_lines(["a very long name of a run, made of all its parameters 0123abcd"])
    assert line.entry.startswith("a very long name")
    assert line.entry.endswith("0123abcd")
    assert len(line.entry) < 40


def test_names_of_groups_share_a_line_and_an_entry():
    runs = labels(30)
    groups = RunGroups(
        "activation", {run: "relu" if i % 3 else "elu" for i, run in enumerate(runs)}
    )
    lines = run_lines(runs, groups)
    assert [line.entry for line in lines] == [groups.of[run] for run in runs]
    assert len(set(lines)) == 2
    assert {line.heading for line in lines} == {"activation"}


def test_of_many_groups_the_frequent_ones_are_named():
    runs = labels(40)
    of = {run: f"group {min(i, 20)}" for i, run in enumerate(runs)}
    entries = {line.entry for line in run_lines(runs, RunGroups("g", of))}
    assert len(entries) == MOST_NAMED
    assert {"group 20", "10 others"} <= entries


def test_numbers_go_from_dark_to_light_in_their_order():
    runs = labels(3)
    lines = run_lines(runs, RunGroups("d", dict(zip(runs, ["100", "2", "30"], strict=True))))
    light = [sum(int(line.color[i : i + 2], 16) for i in (1, 3, 5)) for line in lines]
    assert light[1] < light[2] < light[0]


def test_of_many_numbers_some_are_named_among_them_the_ends():
    runs = labels(50)
    of = {run: str(i / 10) for i, run in enumerate(runs)}
    entries = [line.entry for line in run_lines(runs, RunGroups("d", of))]
    named = [entry for entry in entries if entry]
    assert len(named) == MOST_NAMED
    assert (named[0], named[-1]) == ("0.0", "4.9")


def test_a_run_without_a_group_is_told():
    with pytest.raises(InputError, match="width of run 'run 1' is not known"):
        run_lines(labels(2), RunGroups("width", {"run 0": "8"}))

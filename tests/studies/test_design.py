"""A design says which trials there are, and what each of them is."""

import json

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution

from mlflow_latents.errors import InputError
from mlflow_latents.studies.describe import design_json, design_lines, note
from mlflow_latents.studies.design import Factor, Factorial, Search, design_digest, levels
from mlflow_latents.studies.objectives import OBJECTIVES, find_design
from mlflow_latents.tracking.names import all_metrics

NETWORK = levels("latent_dim", 2, 8)
IMAGES = Factor("image_set", {"faces": {"dataset": "faces"}, "digits": {"dataset": "digits"}})
DESIGN = Factorial((NETWORK, IMAGES), 3, {"epochs": 2, "dataset": "olivetti"})
SEARCH = Search(
    {
        "learning_rate": FloatDistribution(1e-4, 1e-2, log=True),
        "filters": CategoricalDistribution(("8,16", "4,8,16")),
    },
    5,
    {"epochs": 2},
)


def test_whole_design_is_every_combination_with_every_seed_once():
    planned = [DESIGN.planned(number) for number in range(DESIGN.trials)]
    assert len(planned) == 12
    assert len({tuple(each.values()) for each in planned}) == 12
    assert {each["replicate"] for each in planned} == {0, 1, 2}


def test_replicates_come_one_after_the_other_and_go_on():
    assert [DESIGN.planned(number)["replicate"] for number in (0, 3, 4, 11, 12)] == [0, 0, 1, 2, 3]


def test_planned_parameters_lie_within_the_distributions():
    for number in (0, 5, 100):
        for name, value in DESIGN.planned(number).items():
            distribution = DESIGN.distributions[name]
            assert distribution._contains(distribution.to_internal_repr(value))


def test_cell_is_the_experiment_with_level_over_fixed_and_its_seed():
    cell = DESIGN.cell({"latent_dim": "8", "image_set": "digits", "replicate": 2})
    assert cell.config.cae.latent_dim == 8
    assert cell.config.images.dataset == "digits"
    assert cell.config.training.epochs == 2
    assert cell.config.training.seed == 2


def test_searched_maps_become_numbers():
    config = SEARCH.cell({"filters": "8,16", "learning_rate": 2e-3}).config
    assert config.cae.filters == (8, 16)
    assert config.training.learning_rate == 2e-3


def test_unknown_setting_of_a_design_is_named():
    with pytest.raises(InputError, match="no setting 'depth'"):
        _ = Factorial((), 1, {"depth": 3}).cell({"replicate": 0}).config


def test_digest_tells_designs_apart_but_not_how_many_trials_are_done():
    assert design_digest(DESIGN) == design_digest(Factorial(DESIGN.factors, 7, DESIGN.fixed))
    others = (
        Factorial(DESIGN.factors, 3, {"epochs": 3, "dataset": "olivetti"}),
        Factorial((NETWORK,), 3, DESIGN.fixed),
        Factorial((levels("latent_dim", 2, 9), IMAGES), 3, DESIGN.fixed),
        SEARCH,
    )
    assert len({design_digest(each) for each in (DESIGN, *others)}) == 5


def test_same_label_with_other_settings_is_another_design():
    other = Factor("image_set", {"faces": {"dataset": "faces"}, "digits": {"dataset": "mnist"}})
    assert design_digest(Factorial((NETWORK, other), 3, DESIGN.fixed)) != design_digest(DESIGN)


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=lambda each: each.name)
class TestObjectives:
    def test_has_three_scales_of_valid_experiments(self, objective):
        assert list(objective.designs) == ["smoke", "small", "paper"]
        for design in objective.designs.values():
            if isinstance(design, Factorial):
                for number in range(design.trials):
                    _ = design.cell(design.planned(number)).config

    def test_smoke_needs_no_files(self, objective):
        design = objective.designs["smoke"]
        for number in range(design.trials):
            dataset = design.cell(design.planned(number)).settings["dataset"]
            assert all(
                part.split(":")[0].split("/")[0] in ("faces", "digits")
                for part in dataset.split("+")
            )

    def test_levels_are_told_apart(self, objective):
        for design in objective.designs.values():
            for factor in getattr(design, "factors", ()):
                settings = [str(sorted(each.items())) for each in factor.levels.values()]
                assert len(set(settings)) == len(settings) > 1

    def test_names_metrics_that_exist(self, objective):
        known = {metric.name for metric in all_metrics()}
        for name in objective.measures:
            parts = name.split("/")
            if parts[0] == "generation":
                name = "/".join([parts[0], "<sampler>", parts[2]])
            assert name in known

    def test_replicates_are_enough_for_an_error(self, objective):
        for scale in ("small", "paper"):
            assert getattr(objective.designs[scale], "seeds", 3) >= 3

    def test_is_described(self, objective):
        for scale, design in objective.designs.items():
            text = json.loads(design_json(objective, design, scale))
            assert text["question"] == objective.question
            assert objective.expectation in note(objective, design)
            assert design_lines(design)[-1].startswith("fixed: ")


def test_unknown_objective_and_scale_are_named():
    with pytest.raises(InputError, match=r"'serch' \(did you mean 'search'\?\)"):
        find_design("serch", "smoke")
    with pytest.raises(InputError, match="objective is missing"):
        find_design(None, "smoke")
    with pytest.raises(InputError, match="no scale 'big': choose one of smoke, small, paper"):
        find_design("search", "big")

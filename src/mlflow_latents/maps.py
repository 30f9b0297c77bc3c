"""What excites the maps of an encoder, and what they are for; reads like the recipe that it is.

open -> probe -> draw -> log
"""

from mlflow_latents.data.labels import labels_of
from mlflow_latents.plots import to_png
from mlflow_latents.plots.map_figures import map_figures
from mlflow_latents.probes import map_measures
from mlflow_latents.probing import Probed, findings, open_images, open_probed
from mlflow_latents.tracking import Picture, RunWriter, artifacts, check_store, how_to_look
from mlflow_latents.tracking.findings import add_chapter, log_findings, log_rows
from mlflow_latents.tracking.map_chapter import map_chapter, map_sentences
from mlflow_latents.tracking.probe_configuration import MapsConfig


def run_maps(config: MapsConfig) -> str:
    """Find out what excites the maps of an encoder's layer, and add it to the run.

    Parameters
    ----------
    config
        Of which autoencoder, and which layer.

    Returns
    -------
    str
        Id of the run that holds the findings.

    Raises
    ------
    InputError
        Before anything is written, when there is no such run, model, layer or order, or the images
        cannot be read.
    """
    from mlflow_latents.probes.map_layer import check_layer
    from mlflow_latents.probes.maps import probe_maps

    check_store()
    images = open_images(config.probed)
    labels = labels_of(images.attributes, images.indices("train"))
    map_measures.check_order(config.order, [label.name for label in labels])
    probed = open_probed(
        config.probed, images, lambda encoder: check_layer(encoder, config.layer, images.shape)
    )
    held_out = images.indices("test")
    report = probe_maps(
        probed.encoder,
        images,
        held_out,
        probed.z[held_out],
        probed.fit,
        labels,
        layer=config.layer,
        seed=config.seed,
        starts=config.starts,
        steps=config.steps,
    )
    figures = map_figures(report, images.images, config.order)
    pictures = [Picture(name, caption, to_png(each)) for name, caption, each in figures]
    with findings(config, "maps", probed) as run:
        _log(run, probed, report, pictures)
    print("\n".join(map_sentences(report)))
    print(f"\nRun {run.run_id}. To look at it: {how_to_look()}")
    return run.run_id


def _log(run: RunWriter, probed: Probed, report, pictures: list[Picture]) -> None:
    """Log numbers, table and figures; the page shows the first page of each sheet."""
    for each in pictures:
        run.log_figure(f"{artifacts.FIGURES}/{report.layer}/{each.name}.png", each.png)
    shown = [each for each in pictures if not each.name[-1].isdigit() or each.name.endswith("_1")]
    rows = map_measures.rows(report)
    log_findings(run, "maps/", map_measures.metrics(report))
    log_rows(run, rows, f"{artifacts.MAPS}/maps.json")
    run.log_arrays(f"{artifacts.MAPS}/patterns.npz", patterns=report.patterns.patterns)
    chapter = map_chapter(map_sentences(report), rows, shown)
    add_chapter(run, "maps", probed.name, chapter)

"""Where the artifacts of a run lie."""

LATENTS = "latents/latents.npz"
GAUSSIAN = "latents/gaussian.npz"
REPORT = "latents/report.json"
CONFIGURATIONS = "configuration"
CHECKPOINTS = "checkpoint"
FIGURES = "figures"
SKIPPED = "skipped_images.txt"
PAGE = "report.html"
ENCODER = "encoder"
DECODER = "decoder"
LOG_VARIANCE = "encoder_log_variance"  # of a variational autoencoder
GENERATOR = "generator"
GENERATED = "generated"
DESIGN = "design.json"  # of a study
ATTRIBUTES = "attributes"  # tables
MAPS = "maps"  # tables, patterns

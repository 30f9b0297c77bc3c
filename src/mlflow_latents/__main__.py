"""`python -m mlflow_latents`."""

import sys

from mlflow_latents.cli import main

sys.exit(main())

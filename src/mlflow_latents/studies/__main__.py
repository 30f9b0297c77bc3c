"""`python -m mlflow_latents.studies`: a worker, as `process.start_worker` starts it."""

import signal
import sys

from mlflow_latents.studies.process import run_worker

signal.signal(signal.SIGTERM, signal.default_int_handler)
try:
    sys.exit(run_worker(*sys.argv[1:]))
except KeyboardInterrupt:
    sys.exit(130)

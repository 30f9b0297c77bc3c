"""Have Keras compute with JAX, where nobody has imported it yet.

Not done on import of the package: MLflow imports its plugins in every process, and the Keras of
somebody else's process is not ours to choose.
"""

import os
import sys


def choose_jax() -> None:
    """Choose the backend; Keras reads it once, when it is imported, and else wants TensorFlow."""
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "jax"

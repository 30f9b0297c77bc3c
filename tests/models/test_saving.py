import subprocess
import sys

import numpy as np

from mlflow_latents.models import CAEConfig, build_cae

LOAD = """
import os, sys
os.environ["KERAS_BACKEND"] = "jax"

class Absent:
    def find_spec(self, name, *rest):
        if name.split(".")[0] == "mlflow_latents":
            raise ImportError(name)

sys.meta_path.insert(0, Absent())
import keras, numpy as np

folder = sys.argv[1]
x = np.load(f"{folder}/x.npy")
z = keras.models.load_model(f"{folder}/encoder.keras").predict(x, verbose=0)
y = keras.models.load_model(f"{folder}/decoder.keras").predict(z, verbose=0)
np.savez(f"{folder}/computed.npz", z=z, y=y)
"""


def test_saved_models_load_in_keras_without_this_package(tmp_path):
    config = CAEConfig((4, 6), latent_dim=3, batch_normalization=True)
    encoder, decoder = build_cae(config, (9, 10, 3))
    x = np.random.default_rng(0).random((4, 9, 10, 3), np.float32)
    np.save(tmp_path / "x.npy", x)
    encoder.save(tmp_path / "encoder.keras")
    decoder.save(tmp_path / "decoder.keras")
    subprocess.run([sys.executable, "-c", LOAD, str(tmp_path)], check=True)
    z = np.asarray(encoder(x))
    with np.load(tmp_path / "computed.npz") as computed:
        np.testing.assert_allclose(computed["z"], z, atol=1e-5)
        np.testing.assert_allclose(computed["y"], np.asarray(decoder(z)), atol=1e-5)

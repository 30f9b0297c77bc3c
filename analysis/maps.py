"""Do maps answer to other things? What the command maps found in several runs.

python analysis/maps.py --runs CAE=RUN_ID "VAE, beta 1=RUN_ID" --output docs/answers
"""

from mlflow_latents.compare.maps import compare_maps
from mlflow_latents.compare.probes import run_probe_script

if __name__ == "__main__":
    run_probe_script(compare_maps)

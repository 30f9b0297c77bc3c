"""Are attributes encoded differently? What the command attributes found in several runs.

python analysis/attributes.py --runs CAE=RUN_ID "VAE, beta 1=RUN_ID" --output docs/answers
"""

from mlflow_latents.compare.attributes import compare_attributes
from mlflow_latents.compare.probes import run_probe_script

if __name__ == "__main__":
    run_probe_script(compare_attributes)

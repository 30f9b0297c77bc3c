"""Question 3: does the number of latent dimensions change the result.

python analysis/latent_dimension.py --study latent_dimension-small --output answer
"""

from mlflow_latents.compare.answers.script import run_script

if __name__ == "__main__":
    run_script("latent_dimension")

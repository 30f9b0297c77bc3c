"""Question 1: does the normal-looking latent distribution come back in other networks.

python analysis/reproduction.py --study reproduction-small --output answer
"""

from mlflow_latents.compare.answers.script import run_script

if __name__ == "__main__":
    run_script("reproduction")

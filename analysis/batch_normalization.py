"""Question 2: does batch normalization change the result.

python analysis/batch_normalization.py --study batch_normalization-small --output answer
"""

from mlflow_latents.compare.answers.script import run_script

if __name__ == "__main__":
    run_script("batch_normalization")

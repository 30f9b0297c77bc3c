"""Question 4: does the image set change the result.

python analysis/image_set.py --study image_set-small --output answer
"""

from mlflow_latents.compare.answers.script import run_script

if __name__ == "__main__":
    run_script("image_set")

"""Which networks reconstruct well and have nearly normal radii at once; a free search.

python analysis/search.py --study search-small --output answer
"""

from mlflow_latents.compare.answers.script import run_script

if __name__ == "__main__":
    run_script("search")

"""Does enforcing a normal distribution give one, and better images; beside what emerges.

python analysis/enforcement.py --study enforcement-small --output answer
"""

from mlflow_latents.compare.answers.script import run_script

if __name__ == "__main__":
    run_script("enforcement")

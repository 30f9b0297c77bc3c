"""Many runs: designs, the objectives, and the workers that do their trials."""

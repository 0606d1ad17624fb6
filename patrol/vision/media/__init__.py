"""The worker's media endpoint: last looks and evidence, for the desk alone."""

"""streams.yaml and the environment as one frozen, validated tree. Starts nothing, fetches nothing."""

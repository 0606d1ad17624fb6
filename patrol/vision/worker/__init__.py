"""The worker: the one place that wires the stages of the vision room together."""

"""Taking in what comes through the door: one row per candidate, and its evidence, checked."""

"""The nouns of Patrol, its protocols and its errors. Standard library and numpy only; no I/O."""

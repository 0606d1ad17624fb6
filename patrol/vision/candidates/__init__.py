"""From observations to candidates: debounce, identity over restarts, evidence."""

"""The vision room: sources, decode, gating, detection, analytics, candidates, media; worker.py wires them."""

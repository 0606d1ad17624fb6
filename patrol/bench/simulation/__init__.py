"""Truth by simulation: a camera model over simulated traffic and simulated crowds.

SUMO itself is run by benchmarks/congestion_sumo.py; JuPedSim is imported by `walking` alone, when it walks.
"""

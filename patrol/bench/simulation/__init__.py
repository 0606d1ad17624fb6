"""Truth by simulation: a camera model over simulated traffic.

Pure: SUMO itself is run by benchmarks/congestion_sumo.py.
"""

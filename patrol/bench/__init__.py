"""A camera farm on the loopback, footage for it, and the benchmarks that run on it."""

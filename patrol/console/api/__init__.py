"""The HTTP API, one router a noun. Sessions, origins and errors are dealt with around it."""

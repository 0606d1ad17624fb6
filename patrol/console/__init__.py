"""The HTTP API of the desk, its live events and pictures, and the page that it serves."""

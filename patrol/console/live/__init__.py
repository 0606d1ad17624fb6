"""What moves: events to the pages, and last looks relayed from the workers."""

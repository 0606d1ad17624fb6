"""Who sits at the desk: one-time links in, sessions, and no other way."""

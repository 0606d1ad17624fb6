"""What people say of candidates, and which originals they open; all of it kept."""

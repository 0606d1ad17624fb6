"""What a picture says of the camera itself: frozen, black, covered, moved; and whether a task can see."""

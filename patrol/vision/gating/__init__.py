"""What decides, before anything is decoded, whether a keyframe is worth a look."""

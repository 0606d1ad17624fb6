"""Trackers: objects of one camera followed from look to look, for seconds, never beyond it."""

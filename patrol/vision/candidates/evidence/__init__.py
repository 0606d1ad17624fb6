"""Evidence of candidates: blurred stills and previews to be shown, the original clip kept apart."""

"""Evaluation against ground truth."""

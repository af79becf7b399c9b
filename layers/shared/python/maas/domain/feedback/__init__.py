"""Feedback: what predictions should have been, joined with what they were."""

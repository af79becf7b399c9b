"""Shadows of calls: inputs that the candidate of a rollout computes once more, and its answers beside live's."""

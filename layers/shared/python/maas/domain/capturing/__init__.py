"""Captures: what of its predictions a model's owner wants to have stored, with their inputs."""

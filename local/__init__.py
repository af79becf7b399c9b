"""The local stack: what template.yaml declares, run on one machine without Docker."""

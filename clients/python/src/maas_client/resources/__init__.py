"""The resources of the API; each method is one operation."""

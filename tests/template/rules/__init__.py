"""One module for each part of a deployment: its rules, then the changes that break them."""

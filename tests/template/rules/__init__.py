"""One module for each part of what is deployed: its rules, then what breaks them."""

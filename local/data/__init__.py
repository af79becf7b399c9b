"""The data folder of a stack: what it keeps from one run to the next."""

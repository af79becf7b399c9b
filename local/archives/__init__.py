"""Backups: one archive of what a stack stores, and its way back into a data folder or into a stack on AWS."""

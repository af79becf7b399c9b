"""The audit log of an organization: a chain of records. All but `filters` needs the standard library alone."""

"""The audit log as a chain of records: its rules are copies of the server's, made by tools/client_audit.py."""

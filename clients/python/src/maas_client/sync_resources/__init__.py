"""The resources of the synchronous client, made by tools/client_sync.py."""

"""Files of versions to the object store, and from it."""

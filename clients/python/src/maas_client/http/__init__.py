"""One request after another: credentials, retries, deadlines and problems."""

"""Files of rows for jobs, results of jobs, and waiting for their ends."""

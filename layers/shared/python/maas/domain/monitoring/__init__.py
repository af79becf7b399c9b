"""What predictions in production are like."""

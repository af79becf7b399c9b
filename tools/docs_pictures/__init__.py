"""Pictures of the pages of docs, made from what MaaS really prints, answers and declares."""

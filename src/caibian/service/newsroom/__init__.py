"""The newsroom's HTTP API: tasks, articles, drafts and their review, feedback, operations."""

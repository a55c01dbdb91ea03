"""The newsroom's nouns in the database: articles, drafts with their review and ledger, feedback, batches."""

"""Who may ask the house for what and how much: API keys, switches, budgets, and the log of what was asked."""

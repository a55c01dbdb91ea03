"""The house's models behind one door: which engine answers, who is asked next, how long one waits."""

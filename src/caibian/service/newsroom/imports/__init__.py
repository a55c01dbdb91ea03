"""Articles from outside: files that people send and pages that are fetched. All of it may be hostile.

What comes in is written to a folder of its own under numbers (`spool`, `fetching`), read by a child process with a
limit on time and memory (`sandbox`, `reading`), and stored in the order in which it comes out. What was good is kept;
what was not is named with its reason.
"""

"""The pages that experts and editors work in: a process of its own that talks to the service over HTTP."""

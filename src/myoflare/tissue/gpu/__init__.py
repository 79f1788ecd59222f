"""Sections on a GPU: fields, and what cells do at every step, by the rules that the CPU plays. Imported on request."""

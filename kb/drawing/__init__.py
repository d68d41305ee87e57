"""Drawings made of documents: flows as charts and lists, diagrams, the picture of a shared link."""

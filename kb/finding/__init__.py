"""From what a reader typed to the articles that answer it, and the index that this takes."""

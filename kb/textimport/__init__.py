"""Articles from plain text in the layout of the model article: pure, from the text to a document and a report."""

from kb.textimport.article import MAX_CHARACTERS, MAX_LINES, UNPLACED, Imported, read
from kb.textimport.report import Finding, Matter, Reference, Report

__all__ = ["MAX_CHARACTERS", "MAX_LINES", "UNPLACED", "Finding", "Imported", "Matter", "Reference", "Report", "read"]

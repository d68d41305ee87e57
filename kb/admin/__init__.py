"""The desk: one module for each registered model."""

from kb.admin import article, edition, feedback, flow, node, parts, people, redirect, revision

__all__ = ["article", "edition", "feedback", "flow", "node", "parts", "people", "redirect", "revision"]

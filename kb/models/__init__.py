"""The desk (an article and its parts) and the edition (revisions and what is live)."""

from kb.models.article import Article
from kb.models.cause import Cause
from kb.models.cost import CostEstimate
from kb.models.edition import Edition, EditionEntry
from kb.models.fix_time import FixTime
from kb.models.flow import Flow, Node, Option
from kb.models.lookalike import Lookalike
from kb.models.redirect import Redirect
from kb.models.related import Related
from kb.models.revision import Revision
from kb.models.risk import RiskFactor
from kb.models.section import Section
from kb.models.source import Source
from kb.models.step import RepairStep

__all__ = [
    "Article",
    "Cause",
    "CostEstimate",
    "Edition",
    "EditionEntry",
    "FixTime",
    "Flow",
    "Lookalike",
    "Node",
    "Option",
    "Redirect",
    "Related",
    "RepairStep",
    "Revision",
    "RiskFactor",
    "Section",
    "Source",
]

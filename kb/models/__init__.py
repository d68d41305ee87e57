"""The desk (an article and its parts) and the edition (revisions and what is live)."""

from kb.models.article import Article
from kb.models.audit import AuditEntry
from kb.models.cause import Cause
from kb.models.cost import CostEstimate
from kb.models.desk import DeskEntry
from kb.models.edition import Edition, EditionEntry
from kb.models.feedback import Feedback
from kb.models.fix_time import FixTime
from kb.models.flow import Flow, Node, Option
from kb.models.link_check import LinkCheck
from kb.models.lookalike import Lookalike
from kb.models.observation import Observation
from kb.models.picture import Picture
from kb.models.preview import PreviewLink
from kb.models.recovery import RecoveryCode
from kb.models.redirect import Redirect
from kb.models.related import Related
from kb.models.reply import Reply
from kb.models.revision import Revision
from kb.models.risk import RiskFactor
from kb.models.scheduled import Scheduled
from kb.models.search_miss import SearchMiss
from kb.models.section import Section
from kb.models.sign import Sign
from kb.models.source import Source
from kb.models.step import RepairStep
from kb.models.synonym import Synonym
from kb.models.visitor import DailySalt, PostCount
from kb.models.withdrawal import Withdrawal

__all__ = [
    "Article",
    "AuditEntry",
    "Cause",
    "CostEstimate",
    "DailySalt",
    "DeskEntry",
    "Edition",
    "EditionEntry",
    "Feedback",
    "FixTime",
    "Flow",
    "LinkCheck",
    "Lookalike",
    "Node",
    "Observation",
    "Option",
    "Picture",
    "PostCount",
    "PreviewLink",
    "RecoveryCode",
    "Redirect",
    "Related",
    "RepairStep",
    "Reply",
    "Revision",
    "RiskFactor",
    "Scheduled",
    "SearchMiss",
    "Section",
    "Sign",
    "Source",
    "Synonym",
    "Withdrawal",
]

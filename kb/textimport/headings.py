"""Headings by their meaning: which part of an article a line opens, whatever its exact words."""

import re
from enum import StrEnum

from kb.textimport.lines import LITTLE_WORDS, Line, fold, words_of


class Part(StrEnum):
    """The parts of the layout, in reading order."""

    FAST_FIX = "fast_fix"
    SNAPSHOT = "snapshot"
    FLOWCHART = "flowchart"
    DATA_AT_RISK = "data_at_risk"
    ANATOMY = "anatomy"
    CAUSES = "causes"
    SEVERITY = "severity"
    COST_OF_DELAY = "cost_of_delay"
    LOOKALIKES = "lookalikes"
    STEPS = "steps"
    HARD_STOP = "hard_stop"
    PROFESSIONAL = "professional"
    PRICES = "prices"
    RELATED = "related"
    CLOSING = "closing"

    @property
    def in_words(self) -> str:
        return {
            Part.FAST_FIX: "fast fix",
            Part.SNAPSHOT: "status snapshot",
            Part.FLOWCHART: "flowchart (decision path)",
            Part.DATA_AT_RISK: "is your data at risk",
            Part.ANATOMY: "technical anatomy (what the error means)",
            Part.CAUSES: "root causes",
            Part.SEVERITY: "severity and escalation",
            Part.COST_OF_DELAY: "cost of delay",
            Part.LOOKALIKES: "differential diagnosis (look-alikes)",
            Part.STEPS: "repair steps",
            Part.HARD_STOP: "hard stop (when to call an expert)",
            Part.PROFESSIONAL: "what a professional does",
            Part.PRICES: "professional costs (prices)",
            Part.RELATED: "related errors",
            Part.CLOSING: "closing",
        }[self]


LONGEST = 100  # characters of a heading

_BOOKS = r"(data|books?|records?|ledger|numbers|figures|transactions|entries|bookkeeping)"
_HARM = r"(risk|safe|safety|danger|lost|lose|harm\w*|affected|touched|secure|damaged?)"
_PRO = r"(pro-?advisors?|professionals?|specialists?|experts?|bookkeepers?|accountants?|consultants?)"
_CURE = r"(fix|solution|repair|answer|cure|version|check)"
_SPAN = r"(\d+|one|two|three|five|ten|half)[- ](second|minute|sec|min)s?"
# The first part that fits, so what is particular stands before what is general.
_MEANINGS: dict[Part, tuple[str, ...]] = {
    Part.FAST_FIX: (
        rf"\b(fast|quick|instant|rapid)[- ]?{_CURE}", r"\bfirst aid\b", r"\bin a hurry\b", rf"\b{_SPAN}\b.*\b{_CURE}",
        rf"\b{_CURE}\b.*\b{_SPAN}\b", r"\b(try|do) this (first|now)", r"\bwhat to do (first|now|right now)",
        r"\bimmediate (fix|action|solution)",
    ),
    Part.SNAPSHOT: (
        r"snapshot", r"at a glance", r"\bquick (status|facts|look|summary)", r"\bkey facts", r"vital signs",
        r"\bstatus\b", r"triage (summary|card|box)", r"\boverview\b", r"\bthe essentials",
    ),
    Part.FLOWCHART: (
        r"flow ?-?(chart|diagram)", r"decision (path|tree|map|chart)", r"which path", r"(find|choose) (your|the) path",
        r"(diagnostic|diagnosis|triage) (path|tree|map|chart|flow)",
    ),
    Part.COST_OF_DELAY: (
        r"\bdelay", r"\bwaiting\b", r"\bif you (wait|leave|ignore|do nothing)", r"\bwait(ed)?\b.*\bcosts?",
        r"\bcosts?\b.*\b(waits?|later|inaction)\b", r"\btoday (vs|versus|or|and)\b", r"\bdo(ing)? nothing",
        r"\bputting (it|this) off", r"\bpostpon",
    ),
    Part.LOOKALIKES: (
        r"differential", r"\bconfus", r"look-?\s?alikes?",
        r"\b(look|sound|seem)(s|ing)? (the same|alike|like|similar)", r"\bsimilar (errors?|codes?|faults?)",
        r"\bmist(ook|ake|aken)\b", r"\btell .*\bapart", r"\bwhat else (it|this)",
        r"\b(is|could|might) (this|it)( really)?( be)? (another|a different)", r"\bwhich error is",
        r"\b(easily|to be) mixed",
    ),
    Part.HARD_STOP: (
        r"\bhard[- ]?stop",
        r"\bwhen (to|not to|you should|should you|must you|it is time to)\b.*\b(stop|call|ask|give up|continue)",
        r"\bwhen (to|you should|should you)\b.*\b(get|seek|need|bring in|hand over|go on)", r"\bstop (here|and|right)",
        rf"\b(call|get|ask|bring in|see) (an? |the )?({_PRO}|help|support)",
        r"\bwhen\b.*\b(needed|need|necessary|not enough)\b", r"\bred flags", r"\b(warning|danger) signs",
        r"\bdo not go (on|further)", r"\bpoint of no return",
    ),
    Part.PRICES: (r"\b(costs?|prices?|pricing|fees?|rates?|charges?|budget|quotes?)\b", r"\bhow much"),
    Part.PROFESSIONAL: (rf"\b{_PRO}\b",),
    Part.DATA_AT_RISK: (
        rf"\b{_BOOKS}\b.*\b{_HARM}\b", rf"\b{_HARM}\b.*\b{_BOOKS}\b", r"\bwhat is at risk",
        r"\banything (lost|missing|damaged|at risk)",
    ),
    Part.CAUSES: (
        r"\bcauses?\b", r"\bcaused\b", r"\bwhy (this|it|does|did|do|is|you|the|error)\b", r"\bwhy .* happen",
        r"\bwhere (this|it) comes from", r"\breasons?\b", r"\borigins?\b", r"\bculprits?\b",
    ),
    Part.SEVERITY: (
        r"\bsever(ity|e)\b", r"\bescalat", r"\brisk (factors?|levels?)", r"\bhow (serious|bad|urgent)",
        r"\braises? the risk", r"\b(gets?|becomes?|turns?|is it|this is) (serious|worse|urgent|critical)",
        r"\bstakes\b", r"\baggravat",
    ),
    Part.ANATOMY: (
        r"\banatomy\b", r"\bwhat (this|the|it|that|an?|error)\b.*\b(means?|is|says)\b", r"\bmeaning of",
        r"\btechnical", r"\bhow (it|this|the \w+) works", r"\bunder the hood", r"\bbehind the scenes", r"\bexplained",
        r"\bin depth", r"\bwhat (really |actually )?(happens|happened|is happening|goes wrong|is going on)",
        r"\bdeep dive",
    ),
    Part.RELATED: (
        r"\brelated\b", r"\bsee also", r"\b(further|more|next) (reading|errors?|articles?|help)",
        r"\bread (on|next|more)", r"\b(you may|worth) (also|reading)", r"\balso (see|read)", r"\bother articles",
        r"\bwhere to (go|read)", r"\bneighbou?rs",
    ),
    Part.STEPS: (
        r"\bstep[- ]?by[- ]?step", r"\brepair", r"\bsteps\b", r"\bhow to (fix|solve|clear|resolve|cure)",
        r"\binstructions", r"\b(fixing|solving|resolving|clearing) (it|this|the|error)", r"\bwalk-?through",
        r"\btreatment", r"\bthe fix\b",
    ),
    Part.CLOSING: (
        r"\bclos(ing|e)\b", r"\bconclusion", r"\bbottom line",
        r"\b(final|last|parting) (words?|thoughts?|notes?|remarks?)", r"\btake-?aways?", r"\bwrap(ping)?[- ]?up",
        r"\bsummary\b", r"\bin (short|brief|summary|a nutshell|closing)", r"\bto sum up", r"\bone last",
        r"\blast thing", r"\bbefore you (go|leave)", r"\bremember",
    ),
}  # fmt: skip
_COMPILED = {part: re.compile("|".join(patterns)) for part, patterns in _MEANINGS.items()}
_DECORATION = re.compile(
    r"^(?:\#{1,6}\s+ | [*_]{1,3}(?=\S) | (?:part|section)\s+\d+\s*[:.)–—-]\s* | \(?(?:\d{1,2}|[IVX]{1,4})[.)]\s+"
    r"| [^\w\s\"“‘'(\[]+\s+)+",
    re.IGNORECASE | re.VERBOSE,
)


def heading_of(line: Line) -> str:
    """The line without what dresses it as a heading: marks, numbers, a colon at its end."""
    return _DECORATION.sub("", line.whole.strip()).strip("*_# ").removesuffix(":").strip()


def part_of(heading: str) -> Part | None:
    """The part that a heading names, or None."""
    words = fold(heading)
    return next((part for part, pattern in _COMPILED.items() if pattern.search(words)), None)


def may_be_heading(line: Line) -> bool:
    """Whether a line is short, is no sentence, and begins like a heading."""
    text = heading_of(line)
    return (
        0 < len(text) <= LONGEST
        and not line.is_drawn
        and (not line.sign or line.sign in {"*", "►", "▶"} or line.is_numbered)
        and not re.search(r"[.,;!]$", text)
        and (text[0].isupper() or text[0].isdigit())
        and text.count("(") == text.count(")")
    )


def is_dressed(line: Line) -> bool:
    """Whether marks or capitals set the line off as a heading."""
    text = line.whole.strip()
    return text.startswith("#") or (text.startswith("**") and text.endswith("**")) or (text.isupper() and len(text) > 6)


def in_title_case(text: str) -> bool:
    """Whether at least two words have a capital, and nearly all that are not little."""
    words = [word for word in re.findall(r"[^\W\d_][^\s]*", text) if word.casefold() not in LITTLE_WORDS]
    capitals = sum(word[0].isupper() for word in words)
    return len(words_of(text)) >= 2 and capitals >= 2 and capitals >= 0.8 * len(words)

"""The words readers see for what documents say by keyword."""

from kb.flow import Actor, Disposition

ACTORS = {
    Actor.YOU: "You",
    Actor.BANK: "Your bank",
    Actor.INTUIT: "Intuit",
    Actor.EXPERT: "A ProAdvisor or bookkeeper",
}
DISPOSITIONS = {
    Disposition.FIXED: "Fixed",
    Disposition.WAIT: "Wait",
    Disposition.SELF_FIX: "You can do this yourself",
    Disposition.CALL_BANK: "Call your bank",
    Disposition.CALL_INTUIT: "Contact QuickBooks support",
    Disposition.CALL_EXPERT: "Get professional help",
    Disposition.OTHER_ERROR: "This is another error",
}

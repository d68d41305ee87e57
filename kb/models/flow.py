from typing import override

from django.db import models

from kb.figures import ESTIMATE, Level
from kb.flow import Actor, Disposition
from kb.models.article import SOURCE_HELP, Article, choices
from kb.models.fields import DurationField, ProseField, WordsField

NODE_HELP = "The key of the node that this leads to."


class Flow(models.Model):
    """The desk copy of an article's flow. Nodes name each other by key, so a draft may hold a loose end."""

    article = models.OneToOneField(Article, on_delete=models.CASCADE, related_name="flow")
    start = models.SlugField(max_length=40, help_text="The key of the first node.")

    @override
    def __str__(self) -> str:
        return f"Flow of {self.article}"


class Node(models.Model):
    """A question, repair step, outcome or jump. Which fields count depends on the kind: see kb.flow."""

    class Kind(models.TextChoices):
        QUESTION = "question"
        STEP = "step"
        OUTCOME = "outcome"
        JUMP = "jump", "Jump to another article’s flow"

    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="nodes")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.SlugField(max_length=40, help_text="Stands in addresses; once published it keeps its meaning.")
    text = models.CharField(
        max_length=200, blank=True, help_text="The question, the finding, or why to carry on elsewhere."
    )
    short = models.CharField(max_length=60, blank=True, help_text="For the map, where space is small.")

    help = ProseField(help_text="Questions: where to look.")
    why = ProseField(help_text="Questions: why we ask.")
    where = ProseField(help_text="Questions: where to find it, for people who are not sure.")
    guards = models.SlugField(
        max_length=40, blank=True, help_text="Questions: the irreversible step this is the hard stop for."
    )
    observes = models.SlugField(
        max_length=40, blank=True, help_text="Questions: the chooser’s observation that “yes” and “no” report."
    )

    step = models.SlugField(max_length=40, blank=True, help_text="Steps: the key of the article’s repair step.")
    fixed = models.SlugField(max_length=40, blank=True, help_text=NODE_HELP)
    not_fixed = models.SlugField(max_length=40, blank=True, help_text=NODE_HELP)
    could_not = models.SlugField(max_length=40, blank=True, help_text=NODE_HELP)

    disposition = models.CharField(max_length=20, blank=True, choices=choices(Disposition))
    who = models.CharField("who acts", max_length=10, blank=True, choices=choices(Actor))
    who_text = ProseField("who acts, in words")
    time = DurationField(blank=True, default="")
    time_source = models.CharField(max_length=40, default=ESTIMATE, help_text=SOURCE_HELP)
    time_text = ProseField("time, in words")
    lead = ProseField(help_text="Outcomes: why we conclude this.")
    do_now = ProseField(help_text="Outcomes: what to do now.")
    data_risk = models.CharField(max_length=10, blank=True, choices=choices(Level))
    data_risk_text = ProseField("data risk, in words")
    costs = WordsField(help_text="Outcomes: keys of the article’s costs; none means free.")
    steps = WordsField(help_text="Outcomes: keys of the repair steps to show.")
    causes = WordsField(help_text="Outcomes: keys of the causes this stands for.")
    error = models.CharField(max_length=60, blank=True, help_text="Outcomes: the other error that this really is.")
    hard_stop = ProseField(help_text="Outcomes: what not to do.")
    if_it_fails = ProseField(help_text="Outcomes: what to do if that fails.")

    to = models.CharField("jump to", max_length=60, blank=True, help_text="Jumps: the other article’s code or slug.")
    answers = WordsField(help_text="Jumps: answers to carry over, as node=option.")

    class Meta:
        ordering = ("position", "pk")
        constraints = (models.UniqueConstraint(fields=("flow", "key"), name="node_key_unique"),)

    @override
    def __str__(self) -> str:
        return self.text or self.step or self.key


class Option(models.Model):
    """One answer to a question."""

    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="options")
    position = models.PositiveSmallIntegerField(default=0)
    key = models.SlugField(max_length=40, help_text="yes, no, not-sure, …")
    label = models.CharField(max_length=80)
    to = models.SlugField(max_length=40, blank=True, help_text=NODE_HELP)
    detail = models.CharField(max_length=160, blank=True, help_text="What this answer means in practice.")

    class Meta:
        ordering = ("position", "pk")
        constraints = (models.UniqueConstraint(fields=("node", "key"), name="option_key_unique"),)

    @override
    def __str__(self) -> str:
        return self.label

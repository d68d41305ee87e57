"""A whole flow as an indented text that people can read and change. Pure.

First the path: each stop in one line, its answers indented below it, and below an answer the stop that it leads to.
Where an answer leads to a stop that stands elsewhere, it names its key. Then what else there is to say about each
stop, in the order in which the flow lists them:

    question site: Does the bank’s site open?
      → yes: Yes | I get in
        outcome wait: Wait until tomorrow
      → no: No → wait

    about site
      short: Does it open?

    about wait
      disposition: wait
      do now:
        Stop pressing ++Update++.

        Look again tomorrow.

`parse(dump(flow)) == flow`. What would be misread stands in quotation marks, as in JSON. People may leave out keys, and
write what is about a stop right below it.
"""

from kb.flowoutline.marks import parts_of_kinds
from kb.flowoutline.reading import parse, parse_with_lines
from kb.flowoutline.writing import dump, dump_node

__all__ = ["dump", "dump_node", "parse", "parse_with_lines", "parts_of_kinds"]

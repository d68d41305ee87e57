"""The page on which a flow is drawn: its map, a form for one stop at a time, and the outline."""

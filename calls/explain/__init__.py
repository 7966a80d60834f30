"""Explain a call that is not yet made: the edge's own decision (sipedge/routing), asked with SQL."""

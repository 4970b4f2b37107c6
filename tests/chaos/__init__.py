"""`make chaos`: the fault matrix (reliability.md 1.6) on private servers, under load, with verdicts that can be repeated.

One scenario is one shop: start, load at a fixed rate, one fault or more, healing, draining, checking. The seed decides the
load and the moments of the faults; the history of every request is kept as JSON lines beside the verdict.
"""

"""Sagas: a short list of steps that can be read aloud, and one pure reaction to whatever comes (B11, S3-43).

A refusal undoes the steps that were done, last first, each waiting for its answer. Silence undoes the silent step
too: it may have been done. From the pivot on nothing is undone by itself, only asked for again. What nobody answers
after a bounded number of growing waits is `stuck`: an operator is needed, and a late answer still helps.
"""

from infra.process.engine import Process
from infra.process.progress import ONGOING, Progress, State
from infra.process.sagas import Sagas
from infra.process.step import Alternative, No, Step, nothing

__all__ = ["ONGOING", "Alternative", "No", "Process", "Progress", "Sagas", "State", "Step", "nothing"]

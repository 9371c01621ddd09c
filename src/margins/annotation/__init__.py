"""W3C Web Annotation values: pure, no I/O."""

from margins.annotation.model import Annotation, Creator, Motivation, Publication, Span, Target
from margins.annotation.notebook import Notebook, Skipped

__all__ = [
    "Annotation",
    "Creator",
    "Motivation",
    "Notebook",
    "Publication",
    "Skipped",
    "Span",
    "Target",
]

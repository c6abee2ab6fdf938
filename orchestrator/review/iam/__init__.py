"""AWS policy documents: read as data, compared for what the new one allows and the old one did not."""

from orchestrator.review.iam.comparison import Grant, Widening, compare
from orchestrator.review.iam.document import Document, Statement, parse

__all__ = ["Document", "Grant", "Statement", "Widening", "compare", "parse"]

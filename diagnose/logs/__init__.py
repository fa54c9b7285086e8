"""Server logs as evidence of who gets in: bytes in (`reader.read`), `model.LogEvidence` out.

Nothing is imported here: the model is read with every report, the reader only where a log was given.
"""

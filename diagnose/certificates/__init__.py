"""Certificate files judged before they are installed: read, completed, judged by a run's own checks, repaired.

Nothing here knows a server. What is in the file becomes the fact `certificate.file`, and the same derivation
and the same checks as in a run say what they would say of a server that sends exactly that.
"""

"""The benchmark: whole processes, beside other programs, on the same server, in the same run."""

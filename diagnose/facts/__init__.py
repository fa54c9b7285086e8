"""What can be observed, as frozen structs: the vocabulary between probes and checks. Pure, no I/O."""

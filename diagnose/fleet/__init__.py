"""Many HaloPSAs in one run: the list, one entry for each target, and several diagnosed at the same time."""

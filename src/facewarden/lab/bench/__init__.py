"""The benchmark: detectors, peers and shortcuts measured on the same files, with their uncertainty."""

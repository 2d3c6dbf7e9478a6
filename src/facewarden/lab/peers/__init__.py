"""Detectors that are not ours, and baselines that look at no face, to be measured beside ours."""

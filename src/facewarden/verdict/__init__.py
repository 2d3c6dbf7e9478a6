"""From readings to levels: calibration, fusion, and the levels of faces, people and files."""

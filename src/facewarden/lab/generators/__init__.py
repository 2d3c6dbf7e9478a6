"""Small generators for attacks and for training twins: made, used and thrown away; their weights are never shipped."""

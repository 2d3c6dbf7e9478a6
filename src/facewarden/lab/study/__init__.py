"""Studies: many short, equal trainings that tell what the detector learns from, and what more of it would be worth."""

"""The custody log: who did what with which case, when, and why; in an order that nobody can change unnoticed."""

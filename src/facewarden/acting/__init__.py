"""Does what a decision says. Each step once, even if the process dies in the middle, and nothing beyond recall.

`steps.plan` says what is to be done, and is all that a dry run needs; `performing.Performer` does exactly that. What
the performer can lay hands on is given to it as `hands.Hand`s: there is none that destroys.
"""

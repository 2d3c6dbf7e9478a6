"""The marks that every forgery of the lab carries: a banner, an invisible watermark and signed credentials.

`marked` is the only module that writes a forgery to disk, and it has no option to leave a mark out.
"""

"""People who asked to be protected, and what of them is found where.

A store keeps face templates and hashes, encrypted (`sealed`), with the consent that they stand on; never a picture, a
thumbnail, a file's name or EXIF. `store` is for enrolling and forgetting, `matcher` for looking files up.
"""

"""One module for each rule, with the texts of their codes.

A rule defines `STAGE` and `check`, which takes a `LintContext` and yields findings. Its name is the name of its code.
Whatever is in this folder is a rule; what rules share is in the package above.
"""

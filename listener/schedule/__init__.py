"""Run tasks by themselves, for years.

`triggers` says when something is due, `shifts` does what is due, `worker` keeps doing
it until it is told to stop; `clocks` notices that a clock was set. Only these
modules, and `cli`, know what time it is.
"""

"""One file for each thing that happens in a week.

Every file gives the rule as a small compiled function with its equation and source in the docstring, a loop over
rows that applies it, the columns it takes (``Columns``), those among them that it writes (``WRITES``) and the
parameters it reads (``Rates``). Nothing here knows the model: columns, luck and rates in; columns changed in place.
"""

"""Analysis: from the frames of a stored run to figures and to the comparison with what was observed.

    from analysis.figures import write_all        # the figures of a run, as PNG and SVG
    from analysis.validation import validate      # the run beside each observed pattern

Everything is read through `experiments.store.load`; nothing here changes a result.
"""

"""Models go when nobody holds them: a loop over seeds must not fill the memory."""

import gc
import weakref

from abm import Model


def test_a_model_that_nobody_holds_is_freed():
    def run():
        model = Model(scale=0.002, until="2021-02-14").run()
        model.results()
        model.people.agents()
        return weakref.ref(model)

    gone = run()
    gc.collect()

    assert gone() is None

from __future__ import annotations

import pytest

from facewarden.errors import UsageError
from facewarden.lab.generators import crowd

pytestmark = pytest.mark.lab


def test_twenty_people_are_a_crowd_and_nobody_counts_twice() -> None:
    names = [f"person {n}" for n in range(20)]
    crowd.demand(names, "faces")
    with pytest.raises(UsageError, match=r"20 people or more, but got 19 for faces.*lab prepare"):
        crowd.demand([*names[:19], names[0], ""], "faces")


def test_a_shared_autoencoder_draws_seven_or_more() -> None:
    crowd.demand_drawn(7)
    with pytest.raises(UsageError, match="7 or more"):
        crowd.demand_drawn(6)

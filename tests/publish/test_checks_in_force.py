"""What readers are told of the checks: what holds of each, and never that one looked which could not."""

import pytest

from agent.publish.provenance import Checked, in_force

LOOKED, NEWER = Checked("links", "1", "", 2), Checked("links", "2", "", 0)
FAILED, FAILED_AGAIN = Checked("links", "1", "it broke", 0), Checked("links", "2", "it took too long", 0)
OTHER = Checked("markup", "1", "", 0)


@pytest.mark.parametrize(
    ("looks", "told"),
    [
        ([], []),
        ([FAILED, OTHER, LOOKED], [OTHER, LOOKED]),
        ([LOOKED, OTHER, NEWER], [OTHER, NEWER]),
        ([LOOKED, OTHER, FAILED_AGAIN], [LOOKED, OTHER, FAILED_AGAIN]),
        ([FAILED, FAILED_AGAIN], [FAILED_AGAIN]),
        ([FAILED, LOOKED, FAILED_AGAIN, NEWER], [NEWER]),
    ],
)
def test_the_last_look_of_each_check_holds_and_a_failure_since_is_told_beside_it(
    looks: list[Checked], told: list[Checked]
) -> None:
    assert in_force(looks) == told

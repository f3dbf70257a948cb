"""Which pieces belong together, and in which order."""

import pytest

from agent.publish.series import Part, series

Pieces = dict[int, int | None]


@pytest.mark.parametrize(
    ("continues", "together"),
    [
        ({}, {}),
        ({1: None, 2: None}, {}),
        ({1: None, 2: 1}, {1: (1, 2)}),
        ({1: None, 2: 1, 3: None, 4: 2, 5: 3}, {1: (1, 2, 4), 3: (3, 5)}),
        ({1: None, 2: 1, 3: 1, 4: 2}, {1: (1, 2, 3, 4)}),
        # The later part was published first.
        ({1: None, 3: 2, 2: 1}, {1: (1, 3, 2)}),
        # The first was never public, or was, and its record is gone.
        ({5: 4, 6: 5}, {4: (5, 6)}),
        ({5: 4}, {}),
        ({5: 4, 6: 4}, {4: (5, 6)}),
    ],
)
def test_pieces_that_go_on_from_each_other_are_a_series(
    continues: Pieces, together: dict[int, tuple[int, ...]]
) -> None:
    assert series(continues) == {
        piece: Part(first, place, pieces) for first, pieces in together.items() for place, piece in enumerate(pieces, 1)
    }


def test_a_new_part_moves_no_other() -> None:
    before: Pieces = {1: None, 2: 1, 3: 1}
    after = series(before | {4: 1, 5: None})
    assert {piece: part.place for piece, part in after.items()} == {1: 1, 2: 2, 3: 3, 4: 4}
    assert {piece: after[piece].place for piece in before} == {p: part.place for p, part in series(before).items()}


def test_a_circle_which_nobody_can_make_ends() -> None:
    assert series({2: 3, 3: 2, 4: 3}) == {p: Part(2, n, (2, 3, 4)) for n, p in enumerate((2, 3, 4), 1)}
    assert series({7: 7}) == {}


def test_a_series_of_thousands_is_followed_to_its_beginning() -> None:
    long = {number: number - 1 or None for number in range(1, 3_001)}
    assert series(long)[3_000] == Part(1, 3_000, tuple(range(1, 3_001)))

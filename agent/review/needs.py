"""What an act of the staff must come with."""

from sqlmodel import Session

from agent.errors import Refused, UnknownUser
from agent.outlet import Outlet
from agent.staff import having, roles_of
from agent.tables import Piece, StaffRole


def known(outlet: Outlet, name: str, role: StaffRole = StaffRole.REVIEWER, *others: StaffRole) -> None:
    """Raise UnknownUser for a name that holds none of these roles now."""
    with outlet.database.read() as db:
        known_in(db, outlet, name, role, *others)


def known_in(db: Session, outlet: Outlet, name: str, role: StaffRole = StaffRole.REVIEWER, *others: StaffRole) -> None:
    """The same within a transaction: who loses a role at this moment acts before that, or not at all."""
    wanted = {role, *others}
    if not wanted & roles_of(db, outlet.settings, name):
        names = {each for one in wanted for each in having(db, outlet.settings, one)}
        raise UnknownUser(user=name, known=", ".join(sorted(names)) or "nobody yet")


def need_ground(outlet: Outlet, ground: str) -> None:
    """Raise Refused for a ground that is not on the public list."""
    names = [g.name for g in outlet.prompts.grounds()]
    if not ground:
        raise Refused(reason=f"Name a ground from the public list: {', '.join(names)}.")
    if ground not in names:
        raise Refused(reason=f'"{ground}" is not on the public list of grounds: {", ".join(names)}.')


def need_piece(db: Session, piece_id: int) -> Piece:
    """A piece. Raises Refused where there is none."""
    piece = db.get(Piece, piece_id)
    if piece is None:
        raise Refused(reason=f"There is no piece {piece_id}.")
    return piece

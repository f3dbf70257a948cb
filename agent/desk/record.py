"""What was done, by whom and when: of a piece, of a person, of all; to be read and to be taken along."""

from fastapi import APIRouter

router = APIRouter()

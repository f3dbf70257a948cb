"""The staff: who they are, what they may do, and the links by which they come in."""

from fastapi import APIRouter

router = APIRouter()

"""What authors wish for and ask, and the answers of the staff."""

from fastapi import APIRouter

router = APIRouter()

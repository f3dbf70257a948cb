"""Second looks: the same text, read blind by another reviewer."""

from fastapi import APIRouter

router = APIRouter()

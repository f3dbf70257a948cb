"""One's own sessions, password, second factor, tokens and manner of reading."""

from fastapi import APIRouter

router = APIRouter()

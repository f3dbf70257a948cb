"""Sessions with authors: transcripts, folded or raw, with what is private masked."""

from fastapi import APIRouter

router = APIRouter()

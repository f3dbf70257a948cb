"""Appeals of authors, and rulings on them."""

from fastapi import APIRouter

router = APIRouter()

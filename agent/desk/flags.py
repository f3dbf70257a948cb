"""What reviewers say of flags."""

from fastapi import APIRouter

router = APIRouter()

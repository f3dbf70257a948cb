"""Authors: what they agreed to and said of themselves, verbatim; pausing and resuming them."""

from fastapi import APIRouter

router = APIRouter()

"""How far reviewers agree, how long they take, what vetoes rest on."""

from fastapi import APIRouter

router = APIRouter()

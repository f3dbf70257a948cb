"""Erasures: proposed by one, carried out when a second agrees."""

from fastapi import APIRouter

router = APIRouter()

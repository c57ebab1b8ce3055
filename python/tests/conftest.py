import os
from pathlib import Path

import pytest

import alfa

ROOT = Path(__file__).resolve().parents[2]
PLATE, CHIP, ROT = (ROOT / "examples/images" / name for name in ("plate", "plate/chip.jpg", "lime_slice/rot.jpg"))


@pytest.fixture(scope="session")
def model():
    return alfa.Model(threads=2)


@pytest.fixture(scope="session")
def detector(model):
    return alfa.Detector("plate", model)


@pytest.fixture(scope="session")
def photo():
    """(height, width, 3) RGB of a plate with a chipped rim."""
    return alfa.Image(CHIP).array


@pytest.fixture(scope="session")
def plates():
    return sorted(path for path in PLATE.iterdir() if path.suffix == ".jpg")

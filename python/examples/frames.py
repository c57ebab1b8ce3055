#!/usr/bin/env python3
"""Judges frames as OpenCV gives them (BGR, uint8) and prints a line for each: from a camera's number, a film, or a folder of photographs.

    frames.py bottle 0 --bank bottle.bank         # needs OpenCV (python3-opencv, or opencv-python); a folder does not
"""
import argparse
import time
from pathlib import Path

import numpy as np

import alfa


def frames_of(source):
    """Arrays (height, width, 3) uint8, BGR. Each may be the same memory again."""
    if Path(source).is_dir():
        for path in sorted(Path(source).glob("*.jpg")):
            yield np.ascontiguousarray(alfa.Image(path).array[:, :, ::-1])
        return
    import cv2  # only for cameras and films

    camera = cv2.VideoCapture(int(source) if source.isdigit() else source)
    while True:
        good, frame = camera.read()
        if not good:
            return
        yield frame


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("noun")
    parser.add_argument("source")
    parser.add_argument("--bank", help="what 'alfa learn' or Detector.learn() made")
    parser.add_argument("--model")
    parser.add_argument("--frames", type=int, default=0, help="stop after so many; 0: never")
    arguments = parser.parse_args()
    detector = alfa.Detector.from_bank(arguments.bank, arguments.model) if arguments.bank else alfa.Detector(arguments.noun, arguments.model)
    detector.warm_up()
    begin, count = time.perf_counter(), 0
    for frame in frames_of(arguments.source):
        result = detector.judge(frame, format="bgr8")
        count += 1
        y, x = np.unravel_index(result.map_full().argmax(), frame.shape[:2])
        print(f"{count:5d}  {result.score:.3f}  {'ANOMALY' if result.anomalous else 'normal '}  most at {x},{y}")
        if count == arguments.frames:
            break
    print(f"{count} frames, {count / (time.perf_counter() - begin):.1f} a second")


main()

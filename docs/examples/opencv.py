"""Shapes found in a noisy picture, and measured: python opencv.py opencv.wasm"""

import sys

import compat

WIDTH, HEIGHT = 160, 120
WHITE = [255, 255, 255, 255]


def draw(cv, picture):
    """Three shapes on a dark ground, and a speck of light on every 97th pixel."""
    cv.rectangle(picture, {"x": 10, "y": 15}, {"x": 60, "y": 45}, WHITE, cv.FILLED)
    cv.circle(picture, {"x": 115, "y": 40}, 25, [200, 220, 180, 255], cv.FILLED)
    with cv.Mat(3, 1, cv.CV_32SC2) as corners:
        for index, value in enumerate([30, 110, 80, 110, 55, 70]):
            corners.data32S[index] = value
        cv.fillConvexPoly(picture, corners, [255, 160, 0, 255])
    pixels = picture.data  # a view of OpenCV's own memory
    for index in range(0, WIDTH * HEIGHT, 97):
        pixels[4 * index : 4 * index + 4] = b"\xff\xff\xff\xff"


with (
    compat.load(sys.argv[1]) as cv,
    cv.Mat(HEIGHT, WIDTH, cv.CV_8UC4) as picture,
    cv.Mat() as grey,
    cv.Mat() as binary,
):
    picture.setTo([40, 40, 60, 255])
    draw(cv, picture)
    cv.cvtColor(picture, grey, cv.COLOR_RGBA2GRAY)
    print("before", grey.ucharAt(0, 97), f"{cv.mean(grey)[0]:.3f}")
    cv.medianBlur(grey, grey, 5)
    print("after", grey.ucharAt(0, 97), f"{cv.mean(grey)[0]:.3f}")
    level = cv.threshold(grey, binary, 0, 255, cv.THRESH_BINARY | cv.THRESH_OTSU)
    print("threshold", level, "above", cv.countNonZero(binary))

    with cv.MatVector() as contours, cv.Mat() as hierarchy, cv.Mat() as outline:
        cv.findContours(binary, contours, hierarchy, cv.RETR_EXTERNAL, cv.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            cv.approxPolyDP(contour, outline, 0.03 * cv.arcLength(contour, True), True)
            moments, box = cv.moments(contour), cv.boundingRect(contour)
            centre = f"{moments.m10 / moments.m00:.3f} {moments.m01 / moments.m00:.3f}"
            size = f"{box.width}x{box.height}"
            print(f"{outline.rows} corners, area {cv.contourArea(contour)}, centre {centre}, {size}")

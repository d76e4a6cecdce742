// What opencv.py does, with the JavaScript beside the binary.
"use strict";
const { dirname } = require("path");

const [WIDTH, HEIGHT] = [160, 120];
const WHITE = [255, 255, 255, 255];

function draw(cv, picture) {
  cv.rectangle(picture, { x: 10, y: 15 }, { x: 60, y: 45 }, WHITE, cv.FILLED);
  cv.circle(picture, { x: 115, y: 40 }, 25, [200, 220, 180, 255], cv.FILLED);
  const corners = cv.matFromArray(3, 1, cv.CV_32SC2, [30, 110, 80, 110, 55, 70]);
  cv.fillConvexPoly(picture, corners, [255, 160, 0, 255]);
  corners.delete();
  for (let index = 0; index < WIDTH * HEIGHT; index += 97) picture.data.fill(255, 4 * index, 4 * index + 4);
}

function show(cv) {
  const [picture, grey, binary] = [new cv.Mat(HEIGHT, WIDTH, cv.CV_8UC4), new cv.Mat(), new cv.Mat()];
  picture.setTo([40, 40, 60, 255]);
  draw(cv, picture);
  cv.cvtColor(picture, grey, cv.COLOR_RGBA2GRAY);
  console.log("before", grey.ucharAt(0, 97), cv.mean(grey)[0].toFixed(3));
  cv.medianBlur(grey, grey, 5);
  console.log("after", grey.ucharAt(0, 97), cv.mean(grey)[0].toFixed(3));
  const level = cv.threshold(grey, binary, 0, 255, cv.THRESH_BINARY | cv.THRESH_OTSU);
  console.log("threshold", level.toFixed(1), "above", cv.countNonZero(binary));

  const [contours, hierarchy, outline] = [new cv.MatVector(), new cv.Mat(), new cv.Mat()];
  cv.findContours(binary, contours, hierarchy, cv.RETR_EXTERNAL, cv.CHAIN_APPROX_SIMPLE);
  for (let index = 0; index < contours.size(); index++) {
    const contour = contours.get(index);
    cv.approxPolyDP(contour, outline, 0.03 * cv.arcLength(contour, true), true);
    const [moments, box] = [cv.moments(contour), cv.boundingRect(contour)];
    const centre = [moments.m10, moments.m01].map((moment) => (moment / moments.m00).toFixed(3)).join(" ");
    const area = cv.contourArea(contour).toFixed(1);
    console.log(`${outline.rows} corners, area ${area}, centre ${centre}, ${box.width}x${box.height}`);
    contour.delete();
  }
  for (const object of [picture, grey, binary, contours, hierarchy, outline]) object.delete();
}

process.chdir(dirname(process.argv[2]));
require(process.argv[2]).then(show);

"use strict";

const crypto = require("crypto");
const { shown } = require("./common.js");

const SIZE = 64;

function drawn(cv) {
  const picture = new cv.Mat(SIZE, SIZE, cv.CV_8UC4);
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) picture.data.set([2 * x, 2 * y, (x * y) % 256, 255], (y * SIZE + x) * 4);
  }
  cv.rectangle(picture, { x: 8, y: 8 }, { x: 24, y: 30 }, [255, 0, 0, 255], -1);
  cv.rectangle(picture, { x: 30, y: 40 }, { x: 60, y: 50 }, [0, 255, 0, 255], 2);
  cv.circle(picture, { x: 45, y: 20 }, 10, [255, 255, 255, 255], -1);
  return picture;
}

function digest(mat) {
  const hash = crypto.createHash("sha256").update(mat.data).digest("hex");
  return `${mat.rows} x ${mat.cols}, type ${mat.type()}, ${hash}`;
}

function edges(cv, picture) {
  const [grey, blurred, found, small] = [new cv.Mat(), new cv.Mat(), new cv.Mat(), new cv.Mat()];
  cv.cvtColor(picture, grey, cv.COLOR_RGBA2GRAY);
  cv.GaussianBlur(grey, blurred, { width: 5, height: 5 }, 0);
  cv.Canny(blurred, found, 50, 150);
  cv.resize(found, small, { width: 20, height: 30 });
  const digests = [grey, blurred, found, small].map(digest);
  return [...digests, cv.countNonZero(found), small.ucharAt(3, 4), small.channels()];
}

function contours(cv, picture) {
  const [grey, binary, hierarchy] = [new cv.Mat(), new cv.Mat(), new cv.Mat()];
  cv.cvtColor(picture, grey, cv.COLOR_RGBA2GRAY);
  cv.threshold(grey, binary, 120, 255, cv.THRESH_BINARY);
  const found = new cv.MatVector();
  cv.findContours(binary, found, hierarchy, cv.RETR_CCOMP, cv.CHAIN_APPROX_SIMPLE, { x: 0, y: 0 });
  const lines = [found.size(), digest(hierarchy)];
  for (let place = 0; place < found.size(); place++) {
    const contour = found.get(place);
    const box = cv.boundingRect(contour);
    const circle = cv.minEnclosingCircle(contour);
    const moments = cv.moments(contour, false);
    lines.push([box.x, box.y, box.width, box.height]);
    lines.push([cv.contourArea(contour), cv.arcLength(contour, true)]);
    lines.push([moments.m00, moments.mu11, circle.center.x]);
  }
  return lines;
}

function numbers(cv, picture) {
  const ones = cv.Mat.ones(3, 3, cv.CV_64F);
  const eye = cv.Mat.eye(3, 3, cv.CV_64F);
  const [sum, product] = [new cv.Mat(), new cv.Mat()];
  eye.data64F[1] = 0.5;
  cv.add(ones, eye, sum, new cv.Mat(), -1);
  cv.gemm(sum, eye, 2, ones, -1, product, 0);
  const planes = new cv.MatVector();
  cv.split(picture, planes);
  const extremes = cv.minMaxLoc(planes.get(2));
  const mean = cv.mean(picture);
  const part = picture.roi({ x: 10, y: 10, width: 3, height: 2 });
  return [
    Array.from(product.data64F),
    cv.determinant(product),
    [extremes.minVal, extremes.maxVal, extremes.maxLoc.x, extremes.maxLoc.y],
    mean,
    [part.rows, part.isContinuous(), part.empty(), picture.isAliasOf(picture), part.isAliasOf(picture)],
    digest(part.clone()),
  ];
}

function corners(cv) {
  const mat = new cv.Mat(4, 1, cv.CV_32SC2);
  mat.data32S.set([0, 0, 10, 0, 10, 5, 0, 5]);
  return mat;
}

function values(cv, picture) {
  const vector = new cv.IntVector();
  const points = new cv.PointVector();
  for (const number of [3, 1, -4]) vector.push_back(number);
  vector.resize(5, 7);
  vector.set(0, 2);
  points.push_back({ x: 1, y: -2 });
  const point = points.get(0);
  const lines = [[0, 1, 2, 3, 4, 5].map((place) => vector.get(place)), [point.x, point.y, points.size()]];
  try {
    cv.cvtColor(new cv.Mat(), new cv.Mat(), cv.COLOR_RGBA2GRAY);
  } catch (error) {
    // What is thrown is a pointer to an object of this type.
    lines.push(typeof error === "number" ? "cv::Exception" : String(error));
  }
  const rotated = cv.minAreaRect(corners(cv));
  lines.push([rotated.center.x, rotated.center.y], rotated.size.width * rotated.size.height);
  return [...lines, cv.CV_8UC3, new cv.Mat(picture).dot(picture)];
}

const TASKS = { edges, contours, numbers, values };

// The package starts its glue, and waits for nothing. Its `then` would pass for a promise's, without an end.
exports.take = (cv) => {
  delete cv.then;
  return cv;
};

exports.run = ({ exports: cv }, [task]) => TASKS[task](cv, drawn(cv)).map((line) => `${shown(line)}\n`).join("");

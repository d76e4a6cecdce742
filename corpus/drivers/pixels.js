"use strict";

const crypto = require("crypto");
const { shown } = require("./common.js");

const nameOf = (enumeration, value) => Object.keys(enumeration).find((name) => enumeration[name] === value);

exports.run = ({ exports: itk }, [path, ...more]) => {
  const io = new itk.ITKImageIO();
  const lines = [io.CanReadFile(path)];
  io.SetFileName(path);
  lines.push(io.GetFileName());
  try {
    io.ReadImageInformation();
  } catch (error) {
    // What is thrown is a pointer; the glue may make a text of it.
    if (!/^\d+/.test(error)) throw error;
    return [...lines, "an exception"].map((line) => `${shown(line)}\n`).join("");
  }
  if (more.length) {
    io.SetSpacing(0, 0.25);
    io.SetOrigin(1, -1.5);
    io.SetPixelType(itk.IOPixelType.VECTOR);
    io.SetNumberOfComponents(3);
    const direction = new itk.AxisDirectionType();
    for (const value of [0, 1, 0.5]) direction.push_back(value);
    io.SetDirection(0, direction);
  }
  for (let axis = 0; axis < io.GetNumberOfDimensions(); axis++) {
    const direction = io.GetDirection(axis);
    lines.push(io.GetDimensions(axis), io.GetOrigin(axis), io.GetSpacing(axis));
    lines.push(Array.from({ length: direction.size() }, (_, place) => direction.get(place)));
  }
  lines.push(nameOf(itk.IOPixelType, io.GetPixelType()), nameOf(itk.IOComponentType, io.GetComponentType()));
  lines.push(io.GetNumberOfComponents());
  lines.push(io.GetImageSizeInPixels(), io.GetImageSizeInComponents(), io.GetImageSizeInBytes());
  if (!more.length) {
    const pixels = io.Read();
    const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
    lines.push(pixels.length, crypto.createHash("sha256").update(bytes).digest("hex"));
  }
  return lines.map((line) => `${shown(line)}\n`).join("");
};

// The twin of meshes.py.
"use strict";

const { shown } = require("./common.js");

exports.open = (start, hooks) => start(hooks());

const all = (array) => Array.from({ length: array.size() }, (_, index) => array.GetValue(index));

exports.run = (guest, [data]) => {
  const draco = guest.exports;
  const bytes = new Int8Array(Buffer.from(data, "hex"));
  const lines = [];
  const buffer = new draco.DecoderBuffer();
  const decoder = new draco.Decoder();
  buffer.Init(bytes, bytes.length);
  const faces = decoder.GetEncodedGeometryType(buffer) === draco.TRIANGULAR_MESH;
  const mesh = faces ? new draco.Mesh() : new draco.PointCloud();
  const status = faces ? decoder.DecodeBufferToMesh(buffer, mesh) : decoder.DecodeBufferToPointCloud(buffer, mesh);
  lines.push([faces, status.ok(), status.code() === draco.OK, status.error_msg()]);
  lines.push([mesh.num_points(), mesh.num_attributes()]);
  if (status.ok() && faces) {
    const corners = new draco.DracoInt32Array();
    const strip = new draco.DracoInt32Array();
    for (let face = 0; face < mesh.num_faces(); face++) {
      lines.push([decoder.GetFaceFromMesh(mesh, face, corners), ...all(corners)]);
    }
    lines.push([decoder.GetTriangleStripsFromMesh(mesh, strip), ...all(strip)]);
  }
  const values = new draco.DracoFloat32Array();
  for (const kind of [draco.POSITION, draco.NORMAL, draco.COLOR, draco.GENERIC]) {
    const id = decoder.GetAttributeId(mesh, kind);
    lines.push([kind, id]);
    if (id < 0) continue;
    const attribute = decoder.GetAttribute(mesh, id);
    lines.push([attribute.num_components(), attribute.normalized(), attribute.size(), attribute.data_type()]);
    lines.push([decoder.GetAttributeFloatForAllPoints(mesh, attribute, values), ...all(values)]);
    lines.push(decoder.GetAttributeByUniqueId(mesh, attribute.unique_id()).attribute_type() === kind);
  }
  const metadata = decoder.GetMetadata(mesh);
  const querier = new draco.MetadataQuerier();
  for (let index = 0; index < querier.NumEntries(metadata); index++) {
    const name = querier.GetEntryName(metadata, index);
    lines.push([name, querier.HasIntEntry(metadata, name), querier.HasStringEntry(metadata, name)]);
  }
  lines.push([querier.GetIntEntry(metadata, "rows"), querier.GetDoubleEntry(metadata, "step")]);
  lines.push([querier.GetStringEntry(metadata, "name"), querier.HasEntry(metadata, "none")]);
  draco.destroy(mesh);
  const broken = new draco.Mesh();
  buffer.Init(bytes, 40);
  const failed = decoder.DecodeBufferToMesh(buffer, broken);
  lines.push([failed.ok(), failed.code(), failed.error_msg()]);
  return lines.map((line) => `${shown(line)}\n`).join("");
};

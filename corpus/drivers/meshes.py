"""Decode a compressed mesh or cloud of points, given in hexadecimal, and show all that is in it; then what comes of a
part of the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compat import Module
from corpus.drivers import shown


def run(module: Module, args: Sequence[str]) -> str:
    [data] = map(bytes.fromhex, args)
    buffer = module.DecoderBuffer()
    decoder = module.Decoder()
    buffer.Init(data, len(data))
    faces = decoder.GetEncodedGeometryType(buffer) == module.TRIANGULAR_MESH
    with module.Mesh() if faces else module.PointCloud() as mesh:
        status = decoder.DecodeBufferToMesh(buffer, mesh) if faces else decoder.DecodeBufferToPointCloud(buffer, mesh)
        lines: list[object] = [[faces, status.ok(), status.code() == module.OK, status.error_msg()]]
        lines.append([mesh.num_points(), mesh.num_attributes()])
        if status.ok() and faces:
            lines += _connectivity(module, decoder, mesh)
        lines += _attributes(module, decoder, mesh)
        lines += _metadata(module, decoder.GetMetadata(mesh))
    with module.Mesh() as broken:
        buffer.Init(data, 40)
        failed = decoder.DecodeBufferToMesh(buffer, broken)
        lines.append([failed.ok(), failed.code(), failed.error_msg()])
    return "".join(f"{shown(line)}\n" for line in lines)


def _all(array: Any) -> list[object]:
    return [array.GetValue(index) for index in range(array.size())]


def _connectivity(module: Module, decoder: Any, mesh: Any) -> list[object]:
    lines: list[object] = []
    with module.DracoInt32Array() as corners, module.DracoInt32Array() as strip:
        for face in range(mesh.num_faces()):
            lines.append([decoder.GetFaceFromMesh(mesh, face, corners), *_all(corners)])
        return [*lines, [decoder.GetTriangleStripsFromMesh(mesh, strip), *_all(strip)]]


def _attributes(module: Module, decoder: Any, mesh: Any) -> list[object]:
    lines: list[object] = []
    values = module.DracoFloat32Array()
    for kind in (module.POSITION, module.NORMAL, module.COLOR, module.GENERIC):
        number = decoder.GetAttributeId(mesh, kind)
        lines.append([kind, number])
        if number >= 0:
            attribute = decoder.GetAttribute(mesh, number)
            lines.append([attribute.num_components(), attribute.normalized(), attribute.size(), attribute.data_type()])
            lines.append([decoder.GetAttributeFloatForAllPoints(mesh, attribute, values), *_all(values)])
            lines.append(decoder.GetAttributeByUniqueId(mesh, attribute.unique_id()).attribute_type() == kind)
    return lines


def _metadata(module: Module, metadata: Any) -> list[object]:
    querier = module.MetadataQuerier()
    names = [querier.GetEntryName(metadata, index) for index in range(querier.NumEntries(metadata))]
    return [
        *([name, querier.HasIntEntry(metadata, name), querier.HasStringEntry(metadata, name)] for name in names),
        [querier.GetIntEntry(metadata, "rows"), querier.GetDoubleEntry(metadata, "step")],
        [querier.GetStringEntry(metadata, "name"), querier.HasEntry(metadata, "none")],
    ]

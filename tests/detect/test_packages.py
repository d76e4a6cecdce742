from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.detect.model import DataPackage, Lz4Chunks, PackedFile
from compat.detect.packages import data_packages, directories, embedded_files, packed_files

FILES = [
    {"start": 0, "audio": 0, "end": 3, "filename": "/a.txt"},
    {"start": 3, "audio": 0, "end": 5, "filename": "/dir/{b}.bin"},
]
PACKED = (PackedFile("/a.txt", 0, 3), PackedFile("/dir/{b}.bin", 3, 5))
METADATA = {"files": FILES, "remote_package_size": 5, "package_uuid": "00-11"}


def loader(name: str, directory: str, compressed: str = "") -> str:
    """What the file packager writes for one package."""
    return f"""
      (function() {{ var loadPackage = function(metadata) {{
        var PACKAGE_NAME = 'out/{name}'; var REMOTE_PACKAGE_BASE = '{name}';
        var REMOTE_PACKAGE_SIZE = metadata.remote_package_size;
        function runWithFS() {{
          function processPackageData(arrayBuffer) {{ {compressed}
            Module['removeRunDependency']('datafile_out/{name}'); }}
          Module['addRunDependency']('datafile_out/{name}'); }} }}
      loadPackage({directory}); }})();"""


@pytest.mark.parametrize(
    "directory",
    [
        json.dumps(METADATA),
        json.dumps(METADATA, separators=(",", ":")),
        json.dumps(dict(reversed(METADATA.items())), indent=1),
        '{files:[{start:0,audio:0,end:3,filename:"/a.txt"},{start:3,end:5,audio:0,filename:"/dir/{b}.bin"}],'
        'remote_package_size:5,package_uuid:"00-11"}',
    ],
    ids=["spaces", "compact", "another order", "minified"],
)
def test_a_directory_is_read_in_every_form(directory: str) -> None:
    assert data_packages(loader("game.data", directory)) == (DataPackage("game.data", PACKED),)


def test_minified_names_do_not_matter() -> None:
    text = """!function(){var a;"object"==typeof window&&(a=1);m.addRunDependency("datafile_out/game.data")
      }({files:[{start:0,end:1e3,filename:"/x",audio:0}],remote_package_size:1e3,package_uuid:"1"})"""
    assert data_packages(text) == (DataPackage("game.data", (PackedFile("/x", 0, 1000),)),)


def test_several_packages_keep_their_directories() -> None:
    other = json.dumps({**METADATA, "files": FILES[:1]})
    found = data_packages(loader("one.data", other) + loader("two.data", json.dumps({**METADATA, "files": []})))
    assert found == (DataPackage("one.data", PACKED[:1]), DataPackage("two.data", ()))


def test_the_directory_may_be_in_a_file_of_its_own() -> None:
    text = loader("game.data", "JSON.parse(xhr.responseText)").replace(
        "JSON.parse",
        "Module['locateFile'] ? Module['locateFile']('game.js.metadata', '') : 'game.js.metadata'; JSON.parse",
    )
    assert data_packages(text) == (DataPackage("game.data", "game.js.metadata"),)


def test_a_compressed_package_has_chunks() -> None:
    compressed = (
        'var compressedData = {"data":null,"cachedOffset":30,"cachedIndexes":[-1,-1],"cachedChunks":[null,null],'
        '"offsets":[0,10],"sizes":[10,20],"successes":[1,0]};'
    )
    plain = loader("plain.data", json.dumps({**METADATA, "files": []}))
    packages = data_packages(plain + loader("game.data", json.dumps({**METADATA, "files": []}), compressed))
    assert packages == (
        DataPackage("plain.data", ()),
        DataPackage("game.data", (), Lz4Chunks((0, 10), (10, 20), (1, 0))),
    )


def test_embedded_files_are_read() -> None:
    text = """
      Module['FS_createPath']('/', 'dir', true, true);
      Module["FS_createPath"]("/dir","sub",true,true);
      var fileData0 = [];
      fileData0.push.apply(fileData0, [1, 2, 255]);
      fileData0.push.apply(fileData0, [0]);
      Module['FS_createDataFile']('/dir/sub', 'x.bin', fileData0, true, true, false);
      var fileData1 = [];
      Module['FS_createDataFile']('/', 'empty', fileData1, true, true, false);
      var a=[];a.push.apply(a,[104,105]);m.FS_createDataFile("/","hi",a,!0,!0,!1);
      var a=[];a.push.apply(a,[33]);m.FS_createDataFile("/","again",a,!0,!0,!1);
      Module["FS_createDataFile"](this.name,null,byteArray,true,true,true);"""
    assert embedded_files(text) == {"/dir/sub/x.bin": b"\1\2\xff\0", "/empty": b"", "/hi": b"hi", "/again": b"!"}
    assert directories(text) == ("/dir", "/dir/sub")


def test_what_is_no_directory_is_refused() -> None:
    with pytest.raises(ValueError, match="not the directory of a data package"):
        packed_files({"files": [{"filename": "/a"}]})


@given(st.text(alphabet="(){}[]\"'\\:,;= \ndatafile_remote_package_size.FS_createDataFile012", max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    data_packages("datafile_" + text)
    embedded_files(text)
    directories(text)

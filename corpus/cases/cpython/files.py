import os
import pathlib

here = pathlib.Path("/data")
(here / "sub" / "deep").mkdir(parents=True)
(here / "sub" / "a.txt").write_text("first\nsecond\n")
os.rename("/data/sub/a.txt", "/data/sub/deep/b.txt")
with open("/data/sub/deep/b.txt", "r+b") as file:
    file.seek(0, os.SEEK_END)
    file.write(b"third\n")
    file.truncate(file.tell() - 1)
    file.seek(-5, os.SEEK_END)
    print(file.read())
os.symlink("deep/b.txt", "/data/sub/link")
print(os.readlink("/data/sub/link"), (here / "sub" / "link").read_text().split())
os.link("/data/sub/deep/b.txt", "/data/sub/deep/c.txt")
print(os.stat("/data/sub/deep/c.txt").st_nlink, os.stat("/data/sub/deep/c.txt").st_size)
os.utime("/data/sub/deep/c.txt", ns=(1_000_001_000, 2_000_002_000))
print(os.stat("/data/sub/deep/b.txt").st_mtime_ns // 1_000_000_000)
for top, directories, files in os.walk("/data/sub"):
    print(top, sorted(directories), sorted(files))
for path in ("/etc/passwd", "/data/../etc", "../outside", "/data/none", "/data/sub/deep/b.txt/x"):
    try:
        print(pathlib.Path(path).read_text())
    except OSError as error:
        print(path, type(error).__name__)
os.unlink("/data/sub/link")
try:
    os.rmdir("/data/sub/deep")
except OSError as error:
    print(type(error).__name__)
pathlib.Path("/data/out.txt").write_bytes(bytes(range(256)))

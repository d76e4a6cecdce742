"""Paths: resolved one component at a time under open directories.

Only where that makes no difference, for a file behind nothing but directories, is a host asked to go there in one step
(`_descend`), in a way in which it passes no link and no "..".

A resolution has one of two forms. *Rooted* (Emscripten): an absolute path starts at the root, ".." of the root is the
root, and the target of an absolute link starts at the root too. *Beneath* (WASI): nothing may lead above the directory
that the path is relative to, so an absolute path, an absolute link and a ".." too many are EPERM.

Behaviour: https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap04.html#tag_04_13 and, where POSIX leaves a
choice (trailing slashes, "." and ".." as last component), Linux's path_resolution(7).
"""

from __future__ import annotations

from collections.abc import Callable

from compat._typing import NamedTuple
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFile, OpenFlags
from compat.kernel.stat import FileType, Stat, StatFs
from compat.kernel.vfs.node import Access, Directory, Node, Volume

NAME_MAX = 255
"""Bytes in one component."""
PATH_MAX = 4096
"""Bytes in a path, its terminating NUL included."""
UTF8_MAX = 4
"""Bytes that one character may take."""
LINKS_MAX = 40
"""Symbolic links followed in one resolution."""
CREATE_ATTEMPTS = 8
"""How often `open` looks again when a name appears between finding it free and creating it."""

NO_NAME = frozenset({"", ".", ".."})
"""Last components that name no entry of a directory: the root's, and the two that are always there."""


class Resolved(NamedTuple):
    """Where a path leads."""

    parent: Directory
    """The directory of the last component; the directory itself where `name` is "", "." or ".."."""
    name: str
    node: Node | None
    """None where there is no such name in `parent`."""
    slash: bool
    """Whether the path ends in a slash, and so demands a directory."""


class FileSystem:
    """A tree of names: a root directory, and other directories mounted over names in it.

    In every operation `base` is the directory that a relative path starts from (the root if None), and `beneath`
    chooses the form of resolution. All of them raise ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EACCES, EINVAL (a NUL in
    the path), EILSEQ (text that is no decoded bytes), and EPERM where `beneath` forbids the way; what else, they say.
    """

    def __init__(self, root: Directory) -> None:
        self._root = root
        self._fill: Callable[[], None] | None = None
        self._mounts: dict[tuple[Directory, str], Directory] = {}
        self._mount_points: dict[Directory, tuple[Directory, str]] = {}
        self._covered: set[Volume] = set()
        """Those with mount points in them, which a host does not see."""

    # --- the tree

    @property
    def root(self) -> Directory:
        """The directory at "/". Every look into the tree comes by here first."""
        fill, self._fill = self._fill, None
        if fill:
            fill()
        return self._root

    def fill_later(self, fill: Callable[[], None]) -> None:
        """Have `fill` put into the tree what is there at the start, when somebody first looks: few libraries do."""
        self._fill = fill

    def mount(self, path: str, directory: Directory) -> None:
        """Put `directory` at `path`, over whatever is there. "/" replaces the root, so mount it first.

        A relative path starts at the root, and ".." of the root is the root. Missing parents are made where only the
        guest sees them. Errors: ENOENT where a parent is missing in a host's directory, ENOTDIR.
        """
        names: list[str] = []
        for name in path.split("/"):
            if name == "..":
                del names[-1:]
            elif name not in NO_NAME:
                names.append(name)
        if not names:
            self._root = directory
            return
        parent = self.root
        for name in names[:-1]:
            parent = self._mount_parent(parent, name)
        if parent.volume.private:
            self._mount_parent(parent, names[-1])
        self._mounts[parent, names[-1]] = directory
        self._mount_points[directory] = (parent, names[-1])
        self._covered.add(parent.volume)

    def path_of(self, directory: Directory) -> str:
        """The absolute path of `directory`, as getcwd has it. Errors: ENOENT (removed, or not in this tree)."""
        chain = self._ancestry(directory)
        if chain[0] is not self.root or any(step.removed for step in chain):
            raise SysError(Errno.ENOENT)
        return "/" + "/".join(self._name_of(step) for step in chain[1:])

    def path_of_file(self, file: OpenFile) -> str:
        """The path that `file` was opened by, free of links, as /proc/self/fd has it. Errors: ENOENT (it has none)."""
        if isinstance(file.node, Directory):
            return self.path_of(file.node)
        if file.origin is None:
            raise SysError(Errno.ENOENT)
        directory, name = file.origin
        return self.path_of(directory).rstrip("/") + "/" + name

    def resolve(
        self, path: str, *, base: Directory | None = None, follow: bool = True, beneath: bool = False
    ) -> Resolved:
        """Find what `path` stands for. The last component may be missing; the ones before it may not.

        With `follow` a link as last component is followed, and it is in any case before a trailing slash.
        """
        found = self._walk(path, base, follow or path.endswith("/"), beneath)
        if found.slash and found.node is not None and not isinstance(found.node, Directory):
            raise SysError(Errno.ENOTDIR)
        return found

    def node(self, path: str, *, base: Directory | None = None, follow: bool = True, beneath: bool = False) -> Node:
        """The node at `path`. Errors: ENOENT if there is none."""
        return _existing(self.resolve(path, base=base, follow=follow, beneath=beneath))

    def directory(self, path: str, *, base: Directory | None = None, beneath: bool = False) -> Directory:
        """The directory at `path`. Errors: ENOTDIR if it is something else."""
        node = self.node(path, base=base, beneath=beneath)
        if not isinstance(node, Directory):
            raise SysError(Errno.ENOTDIR)
        return node

    # --- operations on what is there

    def open(
        self, path: str, flags: OpenFlags, mode: int = 0o666, *, base: Directory | None = None, beneath: bool = False
    ) -> OpenFile:
        """Open a file, with CREATE a new one of permissions `mode` (the umask is the caller's to take off).

        Errors: EEXIST (EXCLUSIVE), EISDIR, ENOTDIR (DIRECTORY), ELOOP (NOFOLLOW on a link), EROFS, ENXIO, ENOSPC,
        EINVAL (CREATE with DIRECTORY).
        """
        if OpenFlags.CREATE not in flags:
            found = self.resolve(path, base=base, follow=OpenFlags.NOFOLLOW not in flags, beneath=beneath)
            return self._open_found(found, flags)
        if OpenFlags.DIRECTORY in flags:
            raise SysError(Errno.EINVAL)
        return self._open_or_create(path, flags, mode, base, beneath)

    def stat(self, path: str, *, base: Directory | None = None, follow: bool = True, beneath: bool = False) -> Stat:
        """Attributes of the file, or with `follow` False of the link itself."""
        return self.node(path, base=base, follow=follow, beneath=beneath).stat()

    def access(
        self, path: str, wanted: Access, *, base: Directory | None = None, follow: bool = True, beneath: bool = False
    ) -> None:
        """Check that the file can be used as `wanted`. Errors: EACCES, EROFS."""
        self.node(path, base=base, follow=follow, beneath=beneath).access(wanted)

    def readlink(self, path: str, *, base: Directory | None = None, beneath: bool = False) -> str:
        """The target of the link at `path`. Errors: EINVAL (no link)."""
        return self.node(path, base=base, follow=False, beneath=beneath).readlink()

    def chmod(
        self, path: str, mode: int, *, base: Directory | None = None, follow: bool = True, beneath: bool = False
    ) -> None:
        """Set the permission bits. Errors: EROFS, EPERM, ENOTSUP (the link itself)."""
        self.node(path, base=base, follow=follow, beneath=beneath).chmod(mode)

    def chown(
        self,
        path: str,
        uid: int | None,
        gid: int | None,
        *,
        base: Directory | None = None,
        follow: bool = True,
        beneath: bool = False,
    ) -> None:
        """Set the owner; None leaves it. Errors: EROFS, EPERM."""
        self.node(path, base=base, follow=follow, beneath=beneath).chown(uid, gid)

    def utimes(
        self,
        path: str,
        atime: int | None,
        mtime: int | None,
        *,
        base: Directory | None = None,
        follow: bool = True,
        beneath: bool = False,
    ) -> None:
        """Set times in nanoseconds since the epoch; None leaves one as it is. Errors: EROFS, EPERM."""
        self.node(path, base=base, follow=follow, beneath=beneath).utimes(atime, mtime)

    def truncate(self, path: str, size: int, *, base: Directory | None = None, beneath: bool = False) -> None:
        """Cut or extend the file to `size` bytes. Errors: EINVAL, EISDIR, EROFS, EFBIG, ENOSPC."""
        if size < 0:
            raise SysError(Errno.EINVAL)
        self.node(path, base=base, beneath=beneath).truncate(size)

    def statfs(self, path: str, *, base: Directory | None = None, beneath: bool = False) -> StatFs:
        """The file system that the file is in."""
        return self.node(path, base=base, beneath=beneath).statfs()

    # --- operations on names

    def mkdir(self, path: str, mode: int = 0o777, *, base: Directory | None = None, beneath: bool = False) -> None:
        """Make a directory. Errors: EEXIST, EROFS, ENOSPC."""
        entry = self._walk(path, base, False, beneath)
        if entry.node is not None:
            raise SysError(Errno.EEXIST)
        entry.parent.mkdir(entry.name, mode)

    def mknod(
        self,
        path: str,
        type: FileType,
        mode: int = 0o666,
        rdev: int = 0,
        *,
        base: Directory | None = None,
        beneath: bool = False,
    ) -> None:
        """Make a regular file or, where the volume can, a FIFO, socket or device.

        Errors: EEXIST, EPERM, EROFS, ENOSPC.
        """
        entry = self._free_name(path, base, beneath)
        entry.parent.mknod(entry.name, type, mode, rdev)

    def symlink(self, target: str, path: str, *, base: Directory | None = None, beneath: bool = False) -> None:
        """Make a link at `path`. `target` is kept as it is: it is judged when it is followed, not here.

        Errors: EEXIST, ENOENT (empty target), EROFS, ENOSPC.
        """
        _check_text(target)
        entry = self._free_name(path, base, beneath)
        entry.parent.symlink(entry.name, target)

    def link(
        self,
        old: str,
        new: str,
        *,
        old_base: Directory | None = None,
        new_base: Directory | None = None,
        follow: bool = False,
        beneath: bool = False,
    ) -> None:
        """Give the file at `old` one more name. Errors: EEXIST, EXDEV, EPERM (a directory), EMLINK, EROFS, ENOSPC."""
        node = self.node(old, base=old_base, follow=follow, beneath=beneath)
        entry = self._free_name(new, new_base, beneath)
        if node.volume is not entry.parent.volume:
            raise SysError(Errno.EXDEV)
        if isinstance(node, Directory):
            raise SysError(Errno.EPERM)
        entry.parent.link(entry.name, node)

    def unlink(self, path: str, *, base: Directory | None = None, beneath: bool = False) -> None:
        """Remove the name of a file that is no directory. Errors: EISDIR, EROFS."""
        entry = self._walk(path, base, False, beneath)
        if isinstance(_existing(entry), Directory):
            raise SysError(Errno.EISDIR)
        if entry.slash:
            raise SysError(Errno.ENOTDIR)
        entry.parent.unlink(entry.name)

    def rmdir(self, path: str, *, base: Directory | None = None, beneath: bool = False) -> None:
        """Remove an empty directory. Errors: EBUSY (a root), EINVAL ("."), ENOTEMPTY, EROFS."""
        entry = self._walk(path, base, False, beneath)
        if entry.name in NO_NAME:
            raise SysError({"": Errno.EBUSY, ".": Errno.EINVAL, "..": Errno.ENOTEMPTY}[entry.name])
        if not isinstance(_existing(entry), Directory):
            raise SysError(Errno.ENOTDIR)
        self._check_not_mounted(entry)
        entry.parent.rmdir(entry.name)

    def rename(
        self,
        old: str,
        new: str,
        *,
        old_base: Directory | None = None,
        new_base: Directory | None = None,
        beneath: bool = False,
    ) -> None:
        """Move a file or directory, replacing a file or an empty directory that is at `new`.

        Errors: EXDEV, EBUSY (a mount point, ".", ".."), EINVAL (into itself), EISDIR, ENOTDIR, ENOTEMPTY, EROFS.
        """
        source = self._walk(old, old_base, False, beneath)
        # A directory has to know what it is in from then on.
        target = self._walk(new, new_base, False, beneath, at_once=not isinstance(source.node, Directory))
        if source.parent.volume is not target.parent.volume:
            raise SysError(Errno.EXDEV)
        for entry in (source, target):
            if entry.name in NO_NAME:
                raise SysError(Errno.EBUSY)
            self._check_not_mounted(entry)
        if not isinstance(_existing(source), Directory) and (source.slash or target.slash):
            raise SysError(Errno.ENOTDIR)
        source.parent.rename(source.name, target.parent, target.name)

    # --- resolution

    def _walk(
        self, path: str, base: Directory | None, follow: bool, beneath: bool, *, at_once: bool = True
    ) -> Resolved:
        """Resolve without judging the last component.

        ".." goes back along the way taken, and not to what the host says is above: no link and no move can widen it.
        With `at_once`, a host may find a file in one step.
        """
        _check_text(path)
        slash = path.endswith("/")
        way = self._start(path, base, beneath)
        pending = _components(path)
        links = 0
        name = "" if path.startswith("/") else "."
        asked = None
        while pending:
            # Once in each volume, and anew behind a link.
            if at_once and way[-1].volume is not asked:
                asked = way[-1].volume
                found = self._descend(way[-1], pending, follow, slash)
                if found is not None:
                    return found
            name = pending.pop()
            if name == ".":
                continue
            if name == "..":
                self._step_back(way, beneath)
                continue
            node = self._child(way[-1], name)
            last = not pending
            if node is not None and node.type is FileType.SYMLINK and (follow or not last):
                links += 1
                if links > LINKS_MAX:
                    raise SysError(Errno.ELOOP)
                target = node.readlink()
                if target.startswith("/"):
                    way = self._start(target, None, beneath)
                    name = ""
                slash |= last and target.endswith("/")
                pending += _components(target)
                asked = None
            elif last:
                return Resolved(way[-1], name, node, slash)
            elif node is None:
                raise SysError(Errno.ENOENT)
            elif isinstance(node, Directory):
                way.append(node)
            else:
                raise SysError(Errno.ENOTDIR)
        return Resolved(way[-1], name, way[-1], slash)

    def _descend(self, directory: Directory, pending: list[str], follow: bool, slash: bool) -> Resolved | None:
        """The end of the walk where it can be had in one step: a file, or a free name, behind nothing but directories.

        None where it cannot: each component then says what it is.
        """
        if len(pending) < 2 or directory.volume in self._covered or not NO_NAME.isdisjoint(pending):
            return None
        found = directory.descend(pending[::-1])
        if found is None:
            return None
        parent, node = found
        if follow and node is not None and node.type is FileType.SYMLINK:
            return None
        return Resolved(parent, pending[0], node, slash)

    def _start(self, path: str, base: Directory | None, beneath: bool) -> list[Directory]:
        """The directories from the top down to where `path` starts."""
        if path.startswith("/"):
            if beneath:
                raise SysError(Errno.EPERM)
            return [self.root]
        start = self.root if base is None else base
        return [start] if beneath else self._ancestry(start)

    def _step_back(self, way: list[Directory], beneath: bool) -> None:
        if len(way) > 1:
            way.pop()
        elif beneath:
            raise SysError(Errno.EPERM)

    def _child(self, directory: Directory, name: str) -> Node | None:
        if len(name) * UTF8_MAX > NAME_MAX and len(_encode(name)) > NAME_MAX:
            raise SysError(Errno.ENAMETOOLONG)
        mounted = self._mounts.get((directory, name))
        if mounted is not None:
            return mounted
        try:
            return directory.lookup(name)
        except SysError as error:
            if error.errno is Errno.ENOENT:
                return None
            raise

    def _ancestry(self, directory: Directory) -> list[Directory]:
        """The directories from the root down to `directory`, both included.

        For one that is not in the tree: from the top of its own volume.
        """
        chain = [directory]
        while chain[-1] is not self.root:
            above = self._mount_points.get(chain[-1], (chain[-1].parent,))[0]
            if above is None:
                break
            chain.append(above)
        chain.reverse()
        return chain

    def _name_of(self, directory: Directory) -> str:
        point = self._mount_points.get(directory)
        return directory.name if point is None else point[1]

    def _mount_parent(self, parent: Directory, name: str) -> Directory:
        node = self._child(parent, name)
        if node is None:
            if not parent.volume.private:
                raise SysError(Errno.ENOENT)
            parent.mkdir(name, 0o755)
            node = parent.lookup(name)
        if not isinstance(node, Directory):
            raise SysError(Errno.ENOTDIR)
        return node

    # --- helpers of the operations

    def _open_or_create(
        self, path: str, flags: OpenFlags, mode: int, base: Directory | None, beneath: bool
    ) -> OpenFile:
        exclusive = OpenFlags.EXCLUSIVE in flags
        follow = not exclusive and OpenFlags.NOFOLLOW not in flags
        for _ in range(CREATE_ATTEMPTS):
            found = self._walk(path, base, follow, beneath)
            if found.slash:
                raise SysError(Errno.EISDIR)
            if found.node is not None:
                if exclusive:
                    raise SysError(Errno.EEXIST)
                return self._open_found(found, flags)
            try:
                file = found.parent.create(found.name, flags, mode)
                file.origin = (found.parent, found.name)
                return file
            except SysError as error:
                if exclusive or error.errno is not Errno.EEXIST:
                    raise
        raise SysError(Errno.EAGAIN)

    def _open_found(self, found: Resolved, flags: OpenFlags) -> OpenFile:
        node = _existing(found)
        if isinstance(node, Directory):
            if OpenFlags.CREATE in flags:
                raise SysError(Errno.EISDIR)
        elif OpenFlags.DIRECTORY in flags:
            raise SysError(Errno.ENOTDIR)
        elif node.type is FileType.SYMLINK:
            raise SysError(Errno.ELOOP)
        file = node.open(flags)
        file.origin = (found.parent, found.name)
        return file

    def _free_name(self, path: str, base: Directory | None, beneath: bool) -> Resolved:
        entry = self._walk(path, base, False, beneath)
        if entry.node is not None:
            raise SysError(Errno.EEXIST)
        if entry.slash:
            raise SysError(Errno.ENOENT)
        return entry

    def _check_not_mounted(self, entry: Resolved) -> None:
        if (entry.parent, entry.name) in self._mounts:
            raise SysError(Errno.EBUSY)


def _components(path: str) -> list[str]:
    """The components of `path`, last one first. A "." before others says nothing."""
    names = [name for name in path.split("/") if name]
    names.reverse()
    return names[:1] + [name for name in names[1:] if name != "."]


def _existing(found: Resolved) -> Node:
    if found.node is None:
        raise SysError(Errno.ENOENT)
    return found.node


def _encode(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise SysError(Errno.EILSEQ) from None


def _check_text(path: str) -> None:
    if not path:
        raise SysError(Errno.ENOENT)
    if "\0" in path:
        raise SysError(Errno.EINVAL)
    if len(_encode(path)) >= PATH_MAX:
        raise SysError(Errno.ENAMETOOLONG)

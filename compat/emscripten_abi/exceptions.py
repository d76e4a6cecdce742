"""C++ exceptions that are under way: what the runtime library must remember of each.

The model is that of Emscripten's src/library_exceptions.js, not the Itanium ABI's: an exception carries no header, so
the records are the host's. A handler may have been given an *adjusted* pointer, to a base class within the object;
every method takes either pointer.
"""

from __future__ import annotations


class Record:
    """One exception object that was thrown and not yet destroyed."""

    __slots__ = ("adjusted", "caught", "destructor", "references", "rethrown", "type")

    def __init__(self, type: int, destructor: int) -> None:
        self.type = type
        """Address of its `std::type_info`; 0 for one that is no C++ object."""
        self.destructor = destructor
        """Function pointer, or 0."""
        self.adjusted: list[int] = []
        """What handlers were given: the object as one of its base classes."""
        self.references = 0
        self.caught = False
        self.rethrown = False


class Exceptions:
    """All records of one guest; pointers are guest addresses."""

    def __init__(self) -> None:
        self.records: dict[int, Record] = {}
        self.handled: list[int] = []
        """The exceptions whose handlers run, innermost last, by the pointer that the handler was given."""
        self.last = 0
        """The exception in flight, or 0."""
        self.uncaught = 0

    def throw(self, pointer: int, type_info: int, destructor: int) -> None:
        """Remember an object that is being thrown."""
        self.records[pointer] = Record(type_info, destructor)
        self.last = pointer
        self.uncaught += 1

    def original(self, pointer: int) -> int:
        """The object that a pointer belongs to; the pointer itself where it belongs to none."""
        if pointer in self.records:
            return pointer
        return next((thrown for thrown, record in self.records.items() if pointer in record.adjusted), pointer)

    def record(self, pointer: int) -> Record | None:
        """What is known of the object that a pointer belongs to."""
        return self.records.get(self.original(pointer))

    def begin_catch(self, pointer: int) -> None:
        """Enter a handler."""
        self.handled.append(pointer)
        record = self.record(pointer)
        if record is None:
            return
        if not record.caught:
            record.caught = True
            self.uncaught -= 1
        record.rethrown = False
        record.references += 1

    def end_catch(self) -> int:
        """Leave the innermost handler. Returns the pointer that it was given, to be released, or 0 where none runs."""
        if not self.handled:
            return 0
        self.last = 0
        return self.handled.pop()

    def rethrow(self) -> int:
        """Throw the innermost handler's exception once more. Returns the object, or 0 where no handler runs.

        That handler still has to end, and must not destroy the object then: hence the mark.
        """
        if not self.handled:
            return 0
        pointer = self.original(self.handled.pop())
        record = self.records.get(pointer)
        if record and not record.rethrown:
            self.handled.append(pointer)
            record.rethrown = True
        self.last = pointer
        return pointer

    def rethrow_primary(self, pointer: int) -> int:
        """Throw an exception that a `std::exception_ptr` holds. Returns the object."""
        pointer = self.original(pointer)
        record = self.records.get(pointer)
        if record:
            # No handler of it needs to run: the mark keeps `rethrow` from putting one back.
            record.rethrown = True
        self.handled.append(pointer)
        return self.rethrow()

    def acquire(self, pointer: int) -> None:
        """Count one more owner (`std::exception_ptr`)."""
        record = self.record(pointer)
        if record:
            record.references += 1

    def release(self, pointer: int) -> tuple[int, int] | None:
        """Count one owner less. After the last: the object and its destructor, for the caller to destroy."""
        thrown = self.original(pointer)
        record = self.records.get(thrown)
        if record is None:
            return None
        record.references -= 1
        if record.references > 0 or record.rethrown:
            return None
        del self.records[thrown]
        return thrown, record.destructor

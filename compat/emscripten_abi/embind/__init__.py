"""embind and emval: the classes, functions and values that a C++ library registers, as Python's.

`register` and `emval` hold the rows, which every program's plan is made from. What they do is in the other modules, and
these are imported when a program first registers something: few programs do.

    bindings    what a program has registered, by its public name: what Python sees
    types       the registry: a C++ type by the address of its type_info, and how its values cross
    functions   Python functions that are made, one for each registered function, for its types
    classes     registered classes, smart pointers, and the Python objects that stand for C++ ones
    handles     the values that a program holds by number (`emscripten::val`)
    values      what JavaScript's operators and methods do, over Python's values
    globals     what `val::global` finds
"""

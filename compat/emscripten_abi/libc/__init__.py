"""Functions of the C library that Emscripten's JavaScript answered: src/library.js and its neighbours."""

"""Cases for every function of WASI, under the names of both previews."""

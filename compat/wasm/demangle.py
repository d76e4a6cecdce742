def demangle(symbol: str) -> str:
    return symbol

"""How a function of an ABI is declared, bound to the guest, traced and documented."""

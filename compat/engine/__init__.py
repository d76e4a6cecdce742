"""Execution engines behind one protocol. This package knows nothing of ABIs."""

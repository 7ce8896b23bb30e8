"""Serve a bundle over HTTP: a page and a REST API. Loopback by default; needs no PyTorch."""

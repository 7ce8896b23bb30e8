"""A bundle behind HTTP: a page and a REST API. Listens on loopback by default; free of torch."""

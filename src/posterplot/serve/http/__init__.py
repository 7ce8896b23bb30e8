"""HTTP: paths, schemas, bodies, limits and errors."""

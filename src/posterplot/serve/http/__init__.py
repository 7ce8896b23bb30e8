"""The HTTP server: paths, access, request bodies, responses and errors."""

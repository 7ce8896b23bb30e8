"""REST and the page: a bundle behind HTTP, on loopback unless told otherwise; free of torch."""

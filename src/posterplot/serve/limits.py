"""Limits on the size and the duration of a request."""

MAX_HEAD = 16 * 2**10  # bytes of a request's path and headers
MAX_BODY = 16 * 2**20  # bytes of a request body
MAX_BODIES = 256 * 2**20  # bytes of all bodies that are being received or processed
# Maximum number of brackets, commas, colons and quotation marks in a JSON body, also inside texts.
# Millions would occupy the interpreter for seconds, while other requests wait.
MAX_JSON_MARKS = 100_000
MAX_POSTER = 8 * 2**20  # bytes of an encoded poster
MAX_PIXELS = 24_000_000  # pixels of a poster: 4,000 x 6,000
# Pixels of a poster in JPEG 2000. Pillow decodes it without releasing the interpreter, so that
# nothing else runs meanwhile: .4 s for these, and no byte of a file need stand for them.
MAX_JPEG2000_PIXELS = 4_000_000
# Maximum number of scans of a JPEG. A progressive JPEG is decoded once per scan. Encoders write
# about ten; an attack has thousands.
MAX_SCANS = 64
MAX_OVERVIEW = 20_000  # characters
MAX_NAME = 500  # characters of a title, an id or a genre
MAX_FILMS = 32  # films in a request
MAX_QUEUED = 256  # films of all requests in the queue
MAX_EXPLANATIONS = 16  # explanations in their own queue
MAX_CONNECTIONS = 500

HEADER_SECONDS = 10.0  # seconds to receive the head of a request
BODY_SECONDS = 20.0  # seconds to receive its body
RESPONSE_SECONDS = 60.0  # seconds in the queue and in the model
WRITE_SECONDS = 60.0  # seconds until the client has read what was sent to it
SHUTDOWN_SECONDS = 30  # seconds to finish requests when the service is stopped
MAX_OVERLAY_SIDE = 768  # shorter side of a poster with heat, in pixels
RETRY_SECONDS = 2  # seconds, in the Retry-After header of a 503 response

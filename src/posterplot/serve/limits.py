"""What a request may hold and how long it may take: checked before anything is decoded."""

MAX_HEAD = 16 * 2**10  # bytes of a request's path and headers
MAX_BODY = 16 * 2**20  # bytes of a request
MAX_HELD = 256 * 2**20  # bytes of all requests that are being read or answered
MAX_POSTER = 8 * 2**20  # bytes of an encoded poster
MAX_PIXELS = 24_000_000  # of a poster: 4,000 x 6,000
# A progressive JPEG is worked through once a scan; encoders write about ten, attackers thousands.
MAX_SCANS = 64
MAX_OVERVIEW = 20_000  # characters
MAX_NAME = 500  # characters of a title, an id or a genre
MAX_FILMS = 32  # of a request
MAX_WAITING = 256  # films, of all requests, that wait for their turn
MAX_CONNECTIONS = 500

HEADER_SECONDS = 10.0  # to send the head of a request
BODY_SECONDS = 20.0  # to send its body
ANSWER_SECONDS = 60.0  # to wait for a turn and be answered
CLOSING_SECONDS = 30  # to finish what was begun when the service is told to stop
RETRY_SECONDS = 2  # what one who comes when all is busy is told to wait

# The formats of posters, each by how its files begin. Pillow reads many more: every one of them is
# a decoder that strangers could feed.
FORMATS = {"JPEG": rb"\xff\xd8\xff", "PNG": rb"\x89PNG\r\n\x1a\n", "WebP": rb"RIFF....WEBP"}

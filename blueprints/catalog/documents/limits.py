"""How large a document may be: wide enough for real systems, narrow enough to answer quickly."""

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 32  # the deepest property of any component type lies ten levels down
MAX_VALUES = 200_000  # objects, lists, texts and numbers together
MAX_NAME = 256  # characters of a member's name; no type knows one half as long
MAX_COMPONENTS = 2_000
MAX_RELATIONS = 8_000
MAX_VARIABLES = 200
MAX_OUTPUTS = 200
MAX_TAGS = 40
MAX_ENVIRONMENTS = 20
MAX_PROVIDERS = 20
MAX_MODULES = 50  # versions of other blueprints that the modules of one document name
MAX_REMOTE_STATES = 10  # and those whose outputs it reads
MAX_MODULE_DEPTH = 3
MAX_LAYOUT = 5_000  # members of what an editor keeps: components, relations and its own
MAX_TAG_KEY = 128
MAX_TAG_VALUE = 256
MAX_OVERRIDDEN_TYPES = 20  # of one component
MAX_MOVES = 50  # former ids of one component
MAX_INSTANCES = 100  # of a component that stands several times
KEY_PATTERN = "^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$"  # of one of them; it goes into narrow names
MAX_CHOICES = 20_000  # known values compared with the places where they are used
MAX_PROBLEMS = 100  # reported at once
MAX_PROBLEMS_SOUGHT = 1_000  # counted, so that a hostile document costs no more than that
MAX_SAFE_INTEGER = 2**53 - 1  # RFC 8785 section 3.2.2.3: beyond it, JSON numbers lose digits

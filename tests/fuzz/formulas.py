"""Random formulas that are right in type: every operator and function of the language, printed with as few or as many
parentheses as chance wants.

What the oracle cannot judge is left out: durations longer than a few years, timestamps near the years 1 and 9999,
letters whose full case mapping is longer than one.
"""

OR, AND, NOT, COMPARE, SUM, PRODUCT, UNARY, ATOM = range(1, 9)

DOUBLES = ["0.0", "0.1", "0.5", "1.0", "1.5", ".25", "2.5", "3.0", "10.0", "100.0", "1e-3", "1e16", "1.5e3", "1e300", "1e-300", "5e-324"]
INTS = ["0", "1", "2", "3", "4", "5", "7", "10", "60", "1000", "2147483648", "9007199254740993", "9223372036854775807"]
STRINGS = ["''", "'a'", "'red'", '"blue"', "'it''s'", '"a ""b"""', "'é'", "'Ω'", "'12'", "' 7 '", "'true'", "'1e3'", "'-'", r"'\n'"]
DURATIONS = ["1ms", "1s", "90s", "15m", "1h", "36h", "7d", "2w"]
UNITS = ["second", "minute", "hour", "day"]
ORDERED = ["double", "int64", "string", "timestamp"]
SCALARS = [*ORDERED, "bool"]


class FormulaMaker:
    """Makes formulas over `names`: a list of (text, type)."""

    def __init__(self, random, names):
        self.random, self.names = random, names
        self.kinds = {kind for _, kind in names}

    def likely(self, kinds):
        """One of the kinds, mostly one that a name has, so that formulas look at data."""
        there = [k for k in kinds if k in self.kinds]
        return self.pick(there) if there and self.chance(0.8) else self.pick(kinds)

    def formula(self, kind, depth):
        return self.make(kind, depth)[0]

    def pick(self, items):
        return items[self.random.randrange(len(items))]

    def chance(self, p):
        return self.random.random() < p

    def wrap(self, made, level):
        """The text of an operand where at least `level` is needed."""
        text, own = made
        return f"({text})" if own < level or self.chance(0.05) else text

    def binary(self, operator, level, left, right):
        return f"{self.wrap(left, level)} {operator} {self.wrap(right, level + 1)}", level

    def call(self, function, *arguments):
        separator = self.pick([", ", ",", " , "]) if self.chance(0.1) else ", "
        return f"{function}({separator.join(a[0] for a in arguments)})", ATOM

    def make(self, kind, depth):
        """(text, binding strength) of an expression of the kind."""
        leaves = [text for text, own in self.names if own == kind]
        if depth <= 0 or leaves and self.chance(0.25):
            return (self.pick(leaves), ATOM) if leaves and self.chance(0.85) else self.literal(kind)
        if self.chance(0.12):
            return self.choice(kind, depth - 1)
        return getattr(self, f"make_{kind}")(depth - 1)

    def literal(self, kind):
        if kind == "timestamp":
            return "event_time()", ATOM
        text = {
            "double": lambda: self.pick(DOUBLES),
            "int64": lambda: self.pick(INTS),
            "string": lambda: self.pick(STRINGS),
            "bool": lambda: self.pick(["true", "false"]),
            "duration": lambda: f"duration'{self.pick(DURATIONS)}'",
        }[kind]()
        if kind in ("double", "int64") and self.chance(0.2):
            return f"-{text}", UNARY
        return text, ATOM

    def number(self, depth):
        return self.make(self.likely(["double", "double", "int64"]), depth)

    def mixed(self, depth):
        """Two numbers of which at least one is a double, in either order."""
        pair = [self.make("double", depth), self.number(depth)]
        self.random.shuffle(pair)
        return pair

    def choice(self, kind, depth):
        """Functions that give back one of their arguments; int64 widens where another is a double."""
        if kind == "duration":
            return self.literal(kind)

        def other():
            return self.number(depth) if kind == "double" else self.make(kind, depth)

        this = self.make(kind, depth)
        forms = ["coalesce", "if", "if_null", "nullif", "nullif"] + (["least", "greatest"] if kind in ORDERED else [])
        form = self.pick(forms)
        if form == "if":
            both = [this, other()]
            self.random.shuffle(both)
            return self.call("if", self.make("bool", depth), *both)
        if form == "if_null":
            both = [this, ("null", ATOM)]
            self.random.shuffle(both)
            return self.call("if", self.make("bool", depth), *both)
        if form == "nullif":
            return self.call("nullif", this, self.number(depth) if kind in ("double", "int64") else self.make(kind, depth))
        rest = [this] + [other() for _ in range(self.pick([1, 1, 2]))]
        self.random.shuffle(rest)
        return self.call(form, *rest)

    def make_double(self, depth):
        form = self.pick(["arithmetic", "arithmetic", "divide", "unary", "domain", "power", "clip", "round", "convert", "seconds"])
        if form == "arithmetic":
            operator = self.pick(["+", "-", "*", "%"])
            return self.binary(operator, SUM if operator in "+-" else PRODUCT, *self.mixed(depth))
        if form == "divide":
            return self.binary("/", PRODUCT, self.number(depth), self.number(depth))
        if form == "unary":
            function = self.pick(["-", "abs", "sign", "floor", "ceil"])
            operand = self.make("double", depth)
            return (f"-{self.wrap(operand, UNARY)}", UNARY) if function == "-" else self.call(function, operand)
        if form == "domain":
            return self.call(self.pick(["sqrt", "exp", "ln", "log10", "log2"]), self.number(depth))
        if form == "power":
            return self.call("pow", self.number(depth), self.number(depth))
        if form == "clip":
            return self.call("clip", self.make("double", depth), self.number(depth), self.number(depth))
        if form == "round":
            digits = [(str(self.random.randrange(16)), ATOM)] if self.chance(0.7) else []
            return self.call("round", self.make("double", depth), *digits)
        if form == "convert":
            return self.call("double", self.make(self.likely(["int64", "string", "double"]), depth))
        return self.call("seconds", self.make("duration", depth))

    def make_int64(self, depth):
        form = self.pick(["arithmetic", "arithmetic", "unary", "clip", "time", "length", "convert"])
        if form == "arithmetic":
            operator = self.pick(["+", "-", "*", "%"])
            return self.binary(operator, SUM if operator in "+-" else PRODUCT, self.make("int64", depth), self.make("int64", depth))
        if form == "unary":
            function = self.pick(["-", "abs", "sign", "floor", "ceil", "round"])
            operand = self.make("int64", depth)
            return (f"-{self.wrap(operand, UNARY)}", UNARY) if function == "-" else self.call(function, operand)
        if form == "clip":
            return self.call("clip", *(self.make("int64", depth) for _ in range(3)))
        if form == "time":
            part = self.pick(["hour", "minute", "day_of_week", "day_of_month", "month", "year"])
            return self.call(part, self.make("timestamp", depth))
        if form == "length":
            return self.call("length", self.make("string", depth))
        return self.call("int", self.make(self.likely(["double", "string", "int64"]), depth))

    def make_string(self, depth):
        form = self.pick(["case", "concat", "substr", "replace", "convert"])
        if form == "case":
            return self.call(self.pick(["lower", "upper", "trim"]), self.make("string", depth))
        if form == "concat":
            return self.call("concat", *(self.make("string", depth) for _ in range(self.pick([2, 2, 3]))))
        if form == "substr":
            numbers = [self.make("int64", 0) if self.chance(0.3) else (str(self.random.randrange(5)), ATOM) for _ in range(2)]
            return self.call("substr", self.make("string", depth), *numbers)
        if form == "replace":
            return self.call("replace", *(self.make("string", depth) for _ in range(3)))
        return self.call("string", self.make(self.likely(SCALARS), depth))

    def make_bool(self, depth):
        form = self.pick(["compare", "compare", "compare", "in", "null", "text", "logic", "logic", "not", "convert"])
        if form == "compare":
            return self.comparison(depth)
        if form == "in":
            return self.membership(depth)
        if form == "null":
            operand = self.make(self.likely(SCALARS), depth)
            if self.chance(0.3):
                return self.call("is_null", operand)
            return f"{self.wrap(operand, SUM)} is {self.pick(['', 'not '])}null", COMPARE
        if form == "text":
            function = self.pick(["contains", "starts_with", "ends_with"])
            return self.call(function, self.make("string", depth), self.make("string", depth))
        if form == "logic":
            operator, level = self.pick([("and", AND), ("or", OR)])
            return self.binary(operator, level, self.make("bool", depth), self.make("bool", depth))
        if form == "not":
            return f"not {self.wrap(self.make('bool', depth), NOT)}", NOT
        return self.call("bool", self.make(self.likely(["double", "int64", "string"]), depth))

    def comparison(self, depth):
        operator = self.pick(["==", "=", "!=", "<>", "<", "<=", ">", ">="])
        kind = self.likely(["double", "int64", "string", "timestamp", "bool", "duration"])
        kind = "number" if kind in ("double", "int64") else kind
        if kind == "bool":
            operator = self.pick(["==", "!="])
        sides = [self.number(depth) if kind == "number" else self.make(kind, depth) for _ in range(2)]
        return f"{self.wrap(sides[0], SUM)} {operator} {self.wrap(sides[1], SUM)}", COMPARE

    def membership(self, depth):
        kind = self.likely(["double", "int64", "string", "timestamp"])
        kind = "number" if kind in ("double", "int64") else kind

        def one(deeper):
            return self.wrap(self.number(deeper) if kind == "number" else self.make(kind, deeper), SUM)

        items = [one(0) for _ in range(self.pick([1, 2, 3]))]
        return f"{one(depth)} {self.pick(['', 'not '])}in [{', '.join(items)}]", COMPARE

    def make_timestamp(self, depth):
        form = self.pick(["trunc", "shift", "shift"])
        inner = self.make("timestamp", min(depth, 1))
        if form == "trunc":
            return self.call("date_trunc", (f"'{self.pick(UNITS)}'", ATOM), inner)
        duration = self.literal("duration")
        if self.chance(0.3):
            return self.binary("+", SUM, duration, inner)
        return self.binary(self.pick(["+", "-"]), SUM, inner, duration)

    def make_duration(self, depth):
        if self.chance(0.3):
            return self.literal("duration")
        return self.binary("-", SUM, self.make("timestamp", min(depth, 1)), self.make("timestamp", min(depth, 1)))

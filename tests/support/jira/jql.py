"""The words of JQL: from text to a tree, or an error as Jira words it.

Strict on purpose. A value that was put into a query without quotes and escapes either fails here or is seen to be
something else than was meant: operators, brackets, reserved words and reserved signs mean what they mean to Jira.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .wire import Refused

OPERATORS = ("not in", "is not", "!~", "!=", ">=", "<=", "=", ">", "<", "~", "in", "is")
RESERVED_SIGNS = "+.,;?|*/%^$#@[]{}&!'\"\\"
_WORDS = """
abort access add after alias all alter and any as asc audit avg before begin between boolean break by byte catch cf
char character check checkpoint collate collation column commit connect continue count create current date decimal
declare decrement default defaults define delete delimiter desc difference distinct divide do double drop else empty
encoding end equals escape exclusive exec execute exists explain false fetch file field first float for from
function go goto grant greater group having identified if immediate in increment index initial inner inout input
insert int integer intersect intersection into is isempty isnull join last left less like limit lock long max min
minus mode modify modulo more multiply next noaudit not notin nowait null number object of on option or order outer
output power previous prior privileges public raise raw remainder rename resource return returns revoke right row
rowid rownum rows select session set share size sqrt start strict string subtract sum synonym table then to trans
transaction trigger true uid union unique update user validate values view when whenever where while with
"""
RESERVED_WORDS = frozenset(_WORDS.split())
"""As the page "Reserved words" of Jira lists them."""

ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\", " ": " "}
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<sign>!=|!~|>=|<=|=|>|<|~|\(|\)|,|&&|\|\||!)
    |(?P<property>issue\.property\[[^\]]+\](?:\.[\w.]+)?|cf\[\d+\])
    |(?P<word>(?:[^\s=!<>~()"',&|\\]|\\.)+))""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is text (it was quoted), sign, property or word."""

    kind: str
    value: str
    at: int

    def says(self, *words: str) -> bool:
        return self.kind in ("word", "sign") and self.value.lower() in words


@dataclass(frozen=True, slots=True)
class Clause:
    """`values` are what was written, without quotes; EMPTY is None, a call is its text with brackets."""

    field: str
    operator: str
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """`kind` is and, or, not."""

    kind: str
    parts: tuple[Node, ...]


Node = Clause | Group


@dataclass(frozen=True, slots=True)
class Query:
    """`order` has (field, descending)."""

    where: Node | None
    order: tuple[tuple[str, bool], ...] = field(default=())


def bad(words: str) -> Refused:
    return Refused(400, f"Error in the JQL Query: {words}")


def parse(text: str) -> Query:
    """The tree of a query.

    Raises:
        Refused: 400 where it is not JQL.
    """
    return _Parser(_tokens(text)).query()


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise bad(f"The quoted string or the sign at character {at + 1} has not been completed. (line 1)")
        kind = str(found.lastgroup)
        value = found[kind]
        tokens.append(Token(kind, _unquoted(value) if kind in ("text", "word") else value, found.start(kind)))
        if kind == "word":
            _check_word(value, found.start(kind))
        at = found.end()
    return tokens


def _check_word(word: str, at: int) -> None:
    bare = re.sub(r"\\.", "", word)
    wrong = next((sign for sign in bare if sign in RESERVED_SIGNS), None)
    if wrong is not None and not re.fullmatch(r"-?\d+\.\d+", bare):
        raise bad(
            f"The character '{wrong}' is a reserved JQL character. You must enclose it in a string or use the escape "
            f"'\\u{ord(wrong):04x}' instead. (line 1, character {at + 1})"
        )


def _unquoted(text: str) -> str:
    inner = text[1:-1] if text[0] in "\"'" else text

    def plain(found: re.Match[str]) -> str:
        if found[1]:
            return chr(int(found[1], 16))
        if found[2] not in ESCAPES:
            raise bad(f"'\\{found[2]}' is an illegal JQL escape sequence.")
        return ESCAPES[found[2]]

    return re.sub(r"\\(?:u([0-9a-fA-F]{4})|(.))", plain, inner, flags=re.DOTALL)


class _Parser:
    """Reads the tokens from left to right; OR binds weakest."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0

    def query(self) -> Query:
        where = None if self._peek("order") or not self._tokens else self._either()
        order = self._order() if self._take("order") else ()
        if self._next < len(self._tokens):
            raise self._unexpected("the end of the query")
        return Query(where, order)

    # ------------------------------------------------------------ clauses

    def _either(self) -> Node:
        parts = [self._both()]
        while self._take("or", "||"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Group("or", tuple(parts))

    def _both(self) -> Node:
        parts = [self._one()]
        while self._take("and", "&&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Group("and", tuple(parts))

    def _one(self) -> Node:
        if self._take("not", "!"):
            return Group("not", (self._one(),))
        if self._take("("):
            inner = self._either()
            self._need(")")
            return inner
        name = self._name()
        operator = self._operator()
        if operator in ("in", "not in"):
            return Clause(name, operator, self._list())
        value = self._value()
        if operator.startswith("is") and value is not None:
            raise bad(f"Operator '{operator}' is used with EMPTY or NULL only.")
        return Clause(name, operator, (value,))

    def _name(self) -> str:
        token = self._shift("a field name")
        if token.kind == "sign":
            raise self._unexpected("a field name", token)
        if token.kind == "word" and token.value.lower() in RESERVED_WORDS:
            raise self._reserved(token)
        return token.value

    def _operator(self) -> str:
        if self._peek("not", "is"):
            first = self._shift("an operator").value.lower()
            if first == "is":
                return "is not" if self._take("not") else "is"
            self._need("in")
            return "not in"
        token = self._shift("an operator")
        if not token.says(*OPERATORS):
            raise self._unexpected("an operator such as '=', '!=', '<', '>', '~' or 'IN'", token)
        return token.value.lower()

    def _list(self) -> tuple[str | None, ...]:
        if not self._peek("("):
            value = self._value()
            if value is None or not value.endswith(")"):
                raise bad("Operator 'in' must be followed by a list in brackets or a function.")
            return (value,)
        self._need("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._need(")")
        return tuple(values)

    def _value(self) -> str | None:
        token = self._shift("a value")
        if token.kind == "sign":
            raise self._unexpected("a value", token)
        if token.says("empty", "null"):
            return None
        if token.kind != "text" and self._take("("):
            self._need(")")
            return f"{token.value}()"
        if token.kind == "word" and token.value.lower() in RESERVED_WORDS:
            raise self._reserved(token)
        return token.value

    def _order(self) -> tuple[tuple[str, bool], ...]:
        self._need("by")
        rows = []
        while True:
            name, falling = self._name(), self._peek("desc")
            self._take("asc", "desc")
            rows.append((name, falling))
            if not self._take(","):
                return tuple(rows)

    # ------------------------------------------------------------ tokens

    def _peek(self, *words: str) -> bool:
        return self._next < len(self._tokens) and self._tokens[self._next].says(*words)

    def _take(self, *words: str) -> bool:
        found = self._peek(*words)
        self._next += found
        return found

    def _need(self, word: str) -> None:
        if not self._take(word):
            raise self._unexpected(f"'{word}'")

    def _shift(self, what: str) -> Token:
        if self._next >= len(self._tokens):
            raise bad(f"Expecting {what} before the end of the query.")
        self._next += 1
        return self._tokens[self._next - 1]

    def _unexpected(self, what: str, token: Token | None = None) -> Refused:
        if token is None and self._next >= len(self._tokens):
            return bad(f"Expecting {what} before the end of the query.")
        token = token or self._tokens[self._next]
        return bad(f"Expecting {what} but got '{token.value}'. (line 1, character {token.at + 1})")

    def _reserved(self, token: Token) -> Refused:
        return bad(
            f"'{token.value}' is a reserved JQL word. You must surround it in quotation marks to use it in a query. "
            f"(line 1, character {token.at + 1})"
        )

"""Reads C++ well enough for the house rules: comments and strings blanked out, functions found by their braces."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<line>//[^\n]*)
      | (?P<block>/\*.*?\*/)
      | R"(?P<delim>[^()\\\s]{0,16})\((?P<raw>.*?)\)(?P=delim)"
      | (?P<string>"(?:\\.|[^"\\\n])*")
      | (?P<number>\b\d[\d']*\d)
      | (?P<char>'(?:\\.|[^'\\\n])+')""",
    re.S | re.X,
)


def blank(text: str, keep_strings: bool = False) -> str:
    """Code alone, line for line: comments become spaces, and the insides of literals too unless they are wanted."""

    def replace(match: re.Match) -> str:
        found = match.group(0)
        if match.lastgroup in ("line", "block"):
            return re.sub(r"[^\n]", " ", found)
        if keep_strings or match.lastgroup == "number":
            return found
        return '"' + re.sub(r"[^\n]", " ", found[1:-1]) + '"'

    return _TOKEN.sub(replace, text)


@dataclass
class Function:
    name: str
    line: int  # of the first line of its signature
    lines: int


_CONTAINER = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b[^()=]*$")
_ATTRIBUTED_CONTAINER = re.compile(r"\b(class|struct|union)\s+(alignas\s*\([^)]*\)|\[\[[^]]*\]\])[^()=]*$")


def _kind(head: str) -> str:
    """What a brace opens at namespace or class scope, from the text before it: container, function or other."""
    head = re.sub(r"^\s*#.*$", "", head, flags=re.M).strip()
    head = re.sub(r"^(public|private|protected)\s*:", "", head).strip()
    head = re.sub(r"^template\s*<.*?>\s*(requires\b[^{]*?\)\s*)?", "", head, flags=re.S)
    if _CONTAINER.search(head) or _ATTRIBUTED_CONTAINER.search(head):
        return "container"
    if "(" not in head:
        return "other"
    before = head.split("(", 1)[0]
    if "=" in before and "operator" not in before:
        return "other"
    return "function"


def _name(head: str) -> str:
    test = re.search(r"\b(TEST|TEST_F|TEST_P|TYPED_TEST)\s*\(([^)]*)\)\s*$", head)
    if test:
        return re.sub(r"\s*,\s*", ".", test.group(2).strip())
    found = re.search(r"([\w:~]+|operator\s*\S+)\s*\(", head)
    return found.group(1) if found else "?"


_INITIALISER_LIST = re.compile(r"\)\s*(?:noexcept\s*)?:(?!:)")


def _is_member_initialiser(head: str) -> bool:
    """True for the brace of `: a_{1}` in a constructor's initialiser list, which does not open the body."""
    return bool(_INITIALISER_LIST.search(head)) and bool(re.search(r"[\w>]\s*$", head))


def _signature_start(head: str) -> int:
    return re.match(r"\s*((public|private|protected)\s*:|#[^\n]*\n|\s)*", head).end()


def _closing(code: str, opening: int) -> int:
    depth = 0
    for index in range(opening, len(code)):
        if code[index] == "{":
            depth += 1
        elif code[index] == "}":
            depth -= 1
            if depth == 0:
                return index
    return len(code) - 1


def functions(code: str) -> list[Function]:
    """The functions of a blanked source. Lambdas belong to the function around them."""
    found: list[Function] = []
    index = head_start = 0
    while index < len(code):
        char = code[index]
        if char == "{":
            head = code[head_start:index]
            if _kind(head) == "function" and _is_member_initialiser(head):
                index = _closing(code, index)
            elif _kind(head) == "container":
                head_start = index + 1
            else:
                closing = _closing(code, index)
                if _kind(head) == "function":
                    first = code.count("\n", 0, head_start + _signature_start(head)) + 1
                    found.append(Function(_name(head), first, code.count("\n", 0, closing) + 2 - first))
                    head_start = closing + 1
                index = closing
        elif char in "};":
            head_start = index + 1
        index += 1
    return found

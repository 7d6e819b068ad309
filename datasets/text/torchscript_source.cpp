#include "datasets/text/torchscript_source.h"

namespace recur {

// str.split(), .lower() and .isalpha() depend on the locale of the process; replace(), lstrip(chars) and split(" ") do
// not.  dtype 4 is int64.  The lexer of Module::define takes an E in a hexadecimal number for an exponent.
const char* const kTextScript = R"(
def after_break(self, text: str) -> Optional[str]:
    # what follows "br>", "br/>" or "br />" at the beginning of the text, if it begins so
    if text[0:2] not in ["br", "bR", "Br", "BR"]:
        return None
    rest = text[2:].lstrip(self.blanks)
    if rest.startswith("/"):
        rest = rest[1:].lstrip(self.blanks)
    if not rest.startswith(">"):
        return None
    return rest[1:]

def without_breaks(self, text: str) -> str:
    parts = text.split("<")
    made = [parts[0]]
    for part in parts[1:]:
        rest = self.after_break(part)
        if rest is None:
            made.append("<")
            made.append(part)
        else:
            made.append(" ")
            made.append(rest)
    return "".join(made)

def is_ascii(self, text: str) -> bool:
    return text.lstrip(self.ascii) == ""

def lower_ascii(self, text: str) -> str:
    if self.lowercase:
        for upper, lower in self.ascii_lower.items():
            text = text.replace(upper, lower)
    return text

def plain_blanks(self, text: str) -> str:
    for blank in self.blanks:
        text = text.replace(blank, " ")
    return text

def code_points(self, text: str) -> List[int]:
    made: List[int] = []
    value = 0
    missing = 0
    for character in text:
        byte = ord(character)
        if byte < 0x80:
            value = byte
            missing = 0
        elif byte < 0xC0:
            value = value * 64 + byte - 0x80
            missing -= 1
        elif byte < 224:
            value = byte - 0xC0
            missing = 1
        elif byte < 0xF0:
            value = byte - 224
            missing = 2
        else:
            value = byte - 0xF0
            missing = 3
        if missing == 0:
            made.append(value)
    return made

def character(self, c: int) -> str:
    if c < 0x80:
        return chr(c)
    if c < 0x800:
        return chr(0xC0 + c // 64) + chr(0x80 + c % 64)
    if c < 0x10000:
        return chr(224 + c // 4096) + chr(0x80 + c // 64 % 64) + chr(0x80 + c % 64)
    return chr(0xF0 + c // 262144) + chr(0x80 + c // 4096 % 64) + chr(0x80 + c // 64 % 64) + chr(0x80 + c % 64)

def characters(self, codes: List[int]) -> List[str]:
    return [self.character(c) for c in codes]

def decomposed(self, codes: List[int]) -> List[int]:
    made: List[int] = []
    for c in codes:
        if c < 0x80:
            made.append(c)
        elif c >= 0xAC00 and c <= 0xD7A3:
            syllable = c - 0xAC00
            made.append(0x1100 + syllable // 588)
            made.append(0x1161 + syllable % 588 // 28)
            if syllable % 28 != 0:
                made.append(0x11A7 + syllable % 28)
        elif c in self.decompositions:
            made.extend(self.decompositions[c])
        else:
            made.append(c)
    return made

def ordered(self, codes: List[int]) -> List[int]:
    # marks in a row by combining class; equal ones keep their order
    made: List[int] = []
    marks: List[int] = []
    for c in codes + [0]:
        rank = self.combining_classes.get(c, 0)
        if rank != 0:
            marks.append((rank << 52) + (len(marks) << 21) + c)
        else:
            marks.sort()
            for mark in marks:
                made.append(mark & 0x1FFFFF)
            marks.clear()
            made.append(c)
    return made[:-1]

def composite(self, first: int, second: int) -> int:
    if first >= 0x1100 and first <= 0x1112 and second >= 0x1161 and second <= 0x1175:
        return 0xAC00 + (first - 0x1100) * 588 + (second - 0x1161) * 28
    if first >= 0xAC00 and first <= 0xD7A3 and (first - 0xAC00) % 28 == 0 and second >= 0x11A8 and second <= 0x11C2:
        return first + second - 0x11A7
    return self.compositions.get(first * 0x110000 + second, -1)

def composed(self, codes: List[int]) -> List[int]:
    made: List[int] = []
    starter = -1
    last_rank = -1
    for c in codes:
        rank = self.combining_classes.get(c, 0)
        both = -1
        if starter >= 0 and rank > last_rank:
            both = self.composite(made[starter], c)
        if both >= 0:
            made[starter] = both
        else:
            if rank == 0:
                starter = len(made)
                last_rank = -1
            else:
                last_rank = rank
            made.append(c)
    return made

def normalized(self, text: str) -> List[int]:
    codes = self.code_points(text)
    if self.compose:
        codes = self.composed(self.ordered(self.decomposed(codes)))
    if self.lowercase:
        codes = [self.lower_cases.get(c, c) for c in codes]
    return codes

def kind(self, c: int) -> int:
    low = 0
    high = len(self.class_starts)
    while high - low > 1:
        middle = (low + high) // 2
        if self.class_starts[middle] <= c:
            low = middle
        else:
            high = middle
    return self.class_kinds[low]

def encode(self, text: str) -> List[int]:
    if self.html_breaks:
        text = self.without_breaks(text)
    tokens = self.tokens(text)
    if self.max_tokens >= 0 and len(tokens) > self.max_tokens:
        first = len(tokens) - self.max_tokens if self.keep_last else 0
        tokens = tokens[first:first + self.max_tokens]
    if len(tokens) == 0:
        return [1]
    return [self.vocabulary.get(token, 1) for token in tokens]

def forward(self, texts: List[str]) -> Tuple[Tensor, Tensor]:
    # ids [N, T], padded with 0, and lengths [N]
    rows = [self.encode(text) for text in texts]
    lengths = [len(row) for row in rows]
    longest = 0
    for length in lengths:
        longest = max(longest, length)
    flat: List[int] = []
    for row in rows:
        flat.extend(row)
        flat.extend([0] * (longest - len(row)))
    return torch.tensor(flat, dtype=4).view([len(rows), longest]), torch.tensor(lengths, dtype=4)
)";

}  // namespace recur

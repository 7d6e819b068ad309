#include "datasets/text/torchscript_source.h"

namespace recur {

const char* const kWhitespaceScript = R"(
def tokens(self, text: str) -> List[str]:
    tokens: List[str] = []
    plain = self.lower_ascii(self.plain_blanks(text)).split(" ")
    chunks = self.plain_blanks(text).split(" ")
    for i in range(len(chunks)):
        if self.is_ascii(chunks[i]):
            if plain[i] != "":
                tokens.append(plain[i])
        else:
            word: List[str] = []
            for c in self.normalized(chunks[i]) + [0x20]:
                if self.kind(c) != 4:
                    word.append(self.character(c))
                elif len(word) > 0:
                    tokens.append("".join(word))
                    word.clear()
    return tokens
)";

const char* const kCharacterScript = R"(
def tokens(self, text: str) -> List[str]:
    if self.is_ascii(text):
        return list(self.lower_ascii(text))
    return self.characters(self.normalized(text))
)";

// The rules are those of word_tokenizer.cpp, numbered in tokenizer.h.  Kinds: 0 other, 1 letter, 2 number, 3 mark,
// 4 blank; 1 to 3 make words.
const char* const kWordScript = R"(
def split_contractions(self, word: str, tokens: List[str]) -> None:
    tails: List[str] = []
    while True:
        head, apostrophe, tail = word.rpartition("'")
        if apostrophe == "":
            break
        begins = len(head)
        if (tail == "t" or tail == "T") and (head.endswith("n") or head.endswith("N")):
            begins -= 1
        elif tail not in self.clitics:
            break
        if begins == 0:
            break
        tails.append(word[begins:])
        word = word[:begins]
    tokens.append(word)
    tails.reverse()
    tokens.extend(tails)

def word_end(self, codes: List[int], kinds: List[int], i: int) -> int:
    while i < len(codes):
        if kinds[i] < 1 or kinds[i] > 3:
            if i == 0 or i + 1 >= len(codes):
                break
            c = codes[i]
            number = (c == 46 or c == 44) and kinds[i - 1] == 2 and kinds[i + 1] == 2
            joined = (c == 0x27 or c == 0x2019) and kinds[i - 1] >= 1 and kinds[i - 1] <= 3 and kinds[i + 1] == 1
            if not (number or joined):
                break
        i += 1
    return i

def split_chunk(self, codes: List[int], tokens: List[str]) -> None:
    # what stands between two blanks
    letters = self.characters(codes)
    kinds = [self.kind(c) for c in codes]
    i = 0
    while i < len(codes):
        leading = i == 0 and (codes[0] == 0x27 or codes[0] == 0x2019)
        end = self.word_end(codes, kinds, 1) if leading else i
        if leading and "".join(letters[1:end]) in self.clitics:
            tokens.append("'" + "".join(letters[1:end]))
        elif kinds[i] >= 1 and kinds[i] <= 3:
            end = self.word_end(codes, kinds, i)
            word = "".join(letters[i:end])
            self.split_contractions(word.replace(self.character(0x2019), "'"), tokens)
        else:
            end = i + 1
            while end < len(codes) and codes[end] == codes[i]:
                end += 1
            while end < len(codes) and kinds[end] == 3:
                end += 1
            tokens.append("".join(letters[i:end]))
        i = end

def tokens(self, text: str) -> List[str]:
    tokens: List[str] = []
    plain = self.lower_ascii(self.plain_blanks(text)).split(" ")
    chunks = self.plain_blanks(text).split(" ")
    for i in range(len(chunks)):
        if plain[i] == "":
            continue
        if plain[i].lstrip(self.letters) == "":
            tokens.append(plain[i])
        elif self.is_ascii(chunks[i]):
            self.split_chunk(self.code_points(plain[i]), tokens)
        else:
            codes: List[int] = []
            for c in self.normalized(chunks[i]) + [0x20]:
                if self.kind(c) != 4:
                    codes.append(c)
                elif len(codes) > 0:
                    self.split_chunk(codes, tokens)
                    codes.clear()
    return tokens
)";

}  // namespace recur

// The tokens that BLEU scores in papers are counted on: the rules of NIST's mteval-v13a.pl, which sacrebleu calls "13a"
// (Post 2018, "A call for clarity in reporting BLEU scores").
#pragma once

#include <string_view>

#include "datasets/text/tokenizer.h"
#include "trainers/metrics/ngrams.h"

namespace recur {

/// The tokens of one text, exactly as sacrebleu's tokenizer makes them, case and all.  `text` must be UTF-8.
/// 1. "<skipped>" and a hyphen at a line's end are left out, other line ends are blanks; &quot; &amp; &lt; &gt; are the
///    characters they stand for, replaced one kind after the other in this order (&amp;lt; becomes <).
/// 2. ASCII's punctuation but ' - , . is a token wherever it stands.
/// 3. A full stop or a comma is a token unless it stands between two of the digits 0-9.  (Of two before a digit the
///    second can stay with it: ".,5" is "." and ",5".  The rules see no character twice.)
/// 4. A hyphen behind a digit is a token; any other hyphen, and the apostrophe, belong to their word.
/// Everything beyond ASCII belongs to its word too, except that Unicode's blanks separate words (split_as_python).
Tokens tokenize_13a(std::string_view text);

/// What Python's str.split() makes of a text, which sacrebleu calls in every metric: split_whitespace(), but U+001C to
/// U+001F are blanks as well.  `text` must be UTF-8.
void split_as_python(std::string_view text, const TokenSink& sink);

}  // namespace recur

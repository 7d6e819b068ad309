// The TorchScript of a text pipeline.  A str is UTF-8 bytes there; what is not ASCII becomes a list of code points.
#pragma once

namespace recur {

/// forward, encode and what they call, but for tokens().
extern const char* const kTextScript;

/// tokens(self, text: str) -> List[str] of each tokenizer, before truncation.
extern const char* const kWhitespaceScript;
extern const char* const kWordScript;
extern const char* const kCharacterScript;

}  // namespace recur

#include "models/heads/transcriber.h"

#include "models/heads/attention_transcriber.h"
#include "models/heads/ctc_transcriber.h"

namespace recur {

std::shared_ptr<Transcriber> make_transcriber(int64_t columns, int64_t vocabulary, const TranscriberOptions& options) {
  if (options.writes == "attention") return std::make_shared<AttentionTranscriber>(columns, vocabulary, options);
  return std::make_shared<CtcTranscriber>(columns, vocabulary, options);
}

}  // namespace recur

// What each network's `forward` takes and gives in its exported form, for formats that must be told: ONNX.
#pragma once

#include "models/heads/captioner.h"
#include "models/heads/classifier.h"
#include "models/heads/forecaster.h"
#include "models/heads/language_model.h"
#include "models/heads/sequence_reader.h"
#include "models/heads/transcriber.h"
#include "models/heads/translator.h"
#include "models/heads/vector_classifier.h"
#include "models/onnx/export.h"

namespace recur {

/// (x [batch, time, D], lengths [batch]) -> y [batch, horizon]
onnx::Signature signature_of(const ForecasterImpl& model);

/// (tokens [batch, time], lengths [batch]) -> logits [batch, C]
onnx::Signature signature_of(const ClassifierImpl& model);

/// (x [batch, time, D], lengths [batch]) -> y [batch, C], or [batch, time, C] where every step is read out
onnx::Signature signature_of(const SequenceReaderImpl& model);

/// x [batch, F] or [batch, H, W], scaled -> logits [batch, C]
onnx::Signature signature_of(const VectorClassifierImpl& model);

/// (tokens [batch, time], each state [L, batch, H]) -> (logits [batch, time, V], each next state)
onnx::Signature signature_of(const LanguageModelImpl& model);

/// (source [batch, source_time], source_lengths [batch], tokens [batch, time]: what has been written) ->
/// logits [batch, time, V]: of what is written next
onnx::Signature signature_of(const TranslatorImpl& model);

/// (images [batch, 3, S, S], normalised; tokens [batch, time]) -> logits [batch, time, V]; S = `image_size`
onnx::Signature signature_of(const CaptionerImpl& model, int64_t image_size);

/// (frames [batch, time, D], lengths [batch]) -> CTC: (log_probabilities [batch, steps, V], steps [batch]); with an
/// attention decoder, and a third argument tokens [batch, written]: logits [batch, written, V]
onnx::Signature signature_of(const Transcriber& model);

}  // namespace recur

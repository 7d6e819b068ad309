// What went on inside a run's recurrent layers, on one page.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "trainers/inspection.h"

namespace recur {

struct InspectionPage {
  std::string title = {};                                       ///< e.g. "Inside runs/sentiment-1"
  std::string subtitle = {};                                    ///< one sentence
  std::vector<std::pair<std::string, std::string>> facts = {};  ///< beside those of the layers
  std::string said = {};                                        ///< Experiment::prediction_text
};

/// For each layer and direction, over one axis of time: every gate and state as a heat map, units sorted alike, and how
/// open the gates are on average; below it which units answer to what, how often each gate is saturated (Karpathy,
/// Johnson, Fei-Fei 2015), and the gradient's way back beside untrained layers'.
std::string render_inspection(const Inspection& inspection, const InspectionPage& page);

}  // namespace recur

#include "datasets/sentiment/reviews.h"

#include <random>
#include <string_view>
#include <unordered_set>

#include <fmt/format.h>

namespace recur {
namespace {

// clang-format off
constexpr std::string_view kOpenings[] = {
    "I saw this film last week. ", "We watched it with the children. ", "To be honest, ", "After all the hype, ",
    "Having read the book, ", "My brother took me to see it. ", "As a fan of the genre, I have to say: ",
    "This was my first visit to the cinema in years. ", "In short, ", "On a second viewing, ", "For me, ",
    "I went in without any expectations. ", "Three friends and I went to the premiere. ", "From what I could see, "};
constexpr std::string_view kClosings[] = {
    ", at least in my opinion", ". I saw it with my sister", ". That is all I have to say", ", if you ask me",
    ". It runs for two hours", ", and my friends agreed", ". The cinema was half full", ". So much for my review",
    ", as far as I can tell", ". Now you know"};
constexpr std::string_view kAspects[] = {
    "plot", "ending", "acting", "cast", "music", "dialogue", "story", "script", "lead actor", "camera work", "editing",
    "pace", "second half", "first hour", "humour", "direction", "opening scene", "villain", "soundtrack", "romance",
    "car chase", "scenery", "finale", "premise", "twist", "narration", "costume design", "whole film", "sequel",
    "love scene", "animation", "supporting cast"};
constexpr std::string_view kGood[] = {
    "good", "great", "wonderful", "funny", "touching", "clever", "moving", "brilliant", "charming", "thrilling",
    "gripping", "beautiful", "witty", "fresh", "memorable", "convincing", "delightful", "smart", "warm", "inspired",
    "exciting", "original", "enjoyable", "fascinating"};
constexpr std::string_view kBad[] = {
    "bad", "dull", "boring", "terrible", "awful", "tedious", "clumsy", "stupid", "flat", "predictable", "lifeless",
    "annoying", "silly", "bland", "dreary", "weak", "painful", "confusing", "shallow", "forgettable", "hollow",
    "unbearable", "sloppy", "tiresome"};
constexpr std::string_view kLike[] = {"enjoy", "love", "like", "admire", "appreciate", "adore"};
constexpr std::string_view kHate[] = {"hate", "dislike", "resent", "despise", "loathe", "regret"};
constexpr std::string_view kWho[] = {"I", "we", "my friends", "the audience", "people around me", "most of us"};
// What a modifier makes of its word: nothing new, or the opposite.
constexpr std::string_view kKeepAdjective[] = {
    "", "", "", "very ", "really ", "truly ", "quite ", "so ", "simply ", "always ", "remarkably ", "absolutely ",
    "nothing short of ", "nothing but ", "never less than "};
constexpr std::string_view kFlipAdjective[] = {
    "not ", "not ", "never ", "hardly ", "barely ", "far from ", "anything but ", "not very ", "not really ",
    "not at all ", "in no way ", "by no means ", "never really ", "not so ", "hardly ever "};
constexpr std::string_view kKeepVerb[] = {"did", "really did", "came to", "could only", "grew to", "had to"};
constexpr std::string_view kFlipVerb[] = {"did not", "could not", "could hardly", "failed to", "never came to",
                                          "did not really"};
constexpr std::string_view kKeepCall[] = {"everyone would", "I would", "anyone could", "I would always", "you may well"};
constexpr std::string_view kFlipCall[] = {"nobody would", "I would not", "no one could", "I would hardly",
                                          "you can never"};
// Joints of two clauses of one opinion, and of opposite ones: before the first, and between them.
struct Joint { std::string_view before, between; };
constexpr Joint kSame[] = {{"", " and "}, {"", ", and "}, {"", ". "}, {"", ". Also, "}, {"", ", so "}, {"", "; "},
                           {"since ", ", "}, {"", ". Besides, "}};
constexpr Joint kOpposite[] = {{"", ", but "}, {"", ", but "}, {"", ", yet "}, {"although ", ", "},
                               {"even though ", ", "}, {"", ". Still, "}, {"", ". However, "}, {"while ", ", "}};
// clang-format on

class Writer {
 public:
  // Every draw is a statement of its own: the order in which arguments are evaluated is the compiler's.
  std::string review(bool good) {
    std::string text = clause(good);
    bool opinion = good;  // of the clause that comes first so far
    for (auto more = pick(kMoreClauses); more > 0; --more) {
      const bool contrast = chance(0.5);
      const auto& joint = contrast ? pick(kOpposite) : pick(kSame);
      opinion = opinion != contrast;
      text = fmt::format("{}{}{}{}", joint.before, clause(opinion), joint.between, text);
    }
    const auto opening = chance(0.3) ? pick(kOpenings) : "";
    const auto closing = chance(0.2) ? pick(kClosings) : "";
    return with_capitals(fmt::format("{}{}{}.", opening, text, closing));
  }

 private:
  static constexpr int kMoreClauses[] = {0, 0, 0, 1, 1, 1, 1, 1, 1, 2};

  // Bits straight from the engine: the standard fixes them, and not what its distributions make of them.
  bool chance(double share) { return static_cast<double>(engine_() >> 11) * 0x1p-53 < share; }
  template <class T, size_t N>
  const T& pick(const T (&list)[N]) {
    return list[engine_() % N];
  }

  std::string clause(bool good) {
    const bool flip = chance(0.4);
    const bool word = good != flip;
    const auto adjective = word ? pick(kGood) : pick(kBad);
    const auto aspect = pick(kAspects);
    if (chance(0.65)) {
      const auto modifier = flip ? pick(kFlipAdjective) : pick(kKeepAdjective);
      return fmt::format("the {} was {}{}", aspect, modifier, adjective);
    }
    if (chance(0.6)) {
      const auto who = pick(kWho);
      const auto how = flip ? pick(kFlipVerb) : pick(kKeepVerb);
      return fmt::format("{} {} {} the {}", who, how, word ? pick(kLike) : pick(kHate), aspect);
    }
    return fmt::format("{} call the {} {}", flip ? pick(kFlipCall) : pick(kKeepCall), aspect, adjective);
  }

  static std::string with_capitals(std::string text) {
    bool begins = true;
    for (auto& c : text) {
      if (begins && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
      if (c != ' ') begins = c == '.';
    }
    return text;
  }

  std::mt19937_64 engine_{2025};
};

}  // namespace

LabelledFile simulate_reviews(int64_t examples) {
  LabelledFile made{.source = "built-in reviews", .encoding = "utf-8"};
  Writer writer;
  std::unordered_set<std::string> written;
  while (made.size() < examples) {
    const bool good = made.size() % 2 == 1;
    auto text = writer.review(good);
    if (written.insert(text).second) made.add(text, good ? "positive" : "negative", made.size() + 1);
  }
  return made;
}

}  // namespace recur

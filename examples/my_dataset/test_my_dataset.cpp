// MyDataset reads what it should, and says where a file is wrong.
#include <cstdio>
#include <string>

#include <core/error.h>

#include "my_dataset.h"

namespace {

int faults = 0;

void expect(bool holds, const std::string& what) {
  if (holds) return;
  std::printf("%s\n", what.c_str());
  ++faults;
}

MyDataset parse(const std::string& text) {
  return my_dataset_of(recur::parse_csv(text, "test.csv"));
}

void reads_sequences() {
  const auto data = parse("sequence,label,x,y\na,circle,1,2\na,circle,3,4\nb,square,5,6\n");
  expect(data.features == std::vector<std::string>{"x", "y"}, "the features are not the columns behind the label");
  expect(data.labels == std::vector<std::string>{"circle", "square"}, "the labels are not in their order");
  const auto batch = make_batch(data, {1, 0});
  expect(batch.x.equal(torch::tensor({5.f, 6.f, 0.f, 0.f, 1.f, 2.f, 3.f, 4.f}).view({2, 2, 2})), "the batch's x");
  expect(batch.lengths.equal(torch::tensor({int64_t{1}, int64_t{2}})), "the batch's lengths");
  expect(batch.labels.equal(torch::tensor({int64_t{1}, int64_t{0}})), "the batch's labels");
}

void says_where(const std::string& text, const std::string& where) {
  try {
    parse(text);
    expect(false, "no error in: " + text);
  } catch (const recur::DataError& error) {
    expect(std::string(error.what()).starts_with(where), error.what() + std::string(", expected at ") + where);
  }
}

}  // namespace

int main() {
  reads_sequences();
  says_where("sequence,label,x\na,circle,1\na,circle,one\n", "test.csv:3:3");
  says_where("sequence,label,x\na,circle,1\na,square,2\n", "test.csv:3:2");
  says_where("sequence,label,x\na,circle,1\nb,circle,1\na,circle,2\n", "test.csv:4:1");
  says_where("sequence,label\na,circle\n", "test.csv:1:1");
  return faults == 0 ? 0 : 1;
}

# What Doxygen reads of a header; docs/Doxyfile names this as filter.  No line is added, so that warnings name the right
# ones.
#   - The `//` lines at the head, on what the file is for, go on the file's page.
#   - A summary ends at the first full stop, which is not that of "e.g.".
#   - TORCH_MODULE(Name) makes a class.
#   - Lines that are indented by three blanks or more stand as they are: equations and tables.
NR == 1 { head = 1 }
head && /^\/\// { sub(/^\/\//, "///") }
head && !/^\/\// {
  sub(/^#pragma once/, "/// @file")
  head = 0
}
/^TORCH_MODULE\(/ {  # TORCH_MODULE(Name);
  name = $0
  gsub(/^TORCH_MODULE\(|\);.*/, "", name)
  base = "torch::nn::ModuleHolder<" name "Impl>"
  $0 = "/** Holds a " name "Impl, as a shared pointer. */ class " name " : public " base " {};"
}
{
  comment = /^ *\/\/\/([^<]|$)/
  text = $0
  sub(/^ *\/\/\//, "", text)
  indented = comment && text ~ /^   /
  if (!comment || text ~ /^ *$/) command = 0
  if (comment && text ~ /^ @|  @(param|throws|returns)/) command = 1  # its further lines are indented, too
  if (!indented) list = 0
  if (indented && text ~ /^   ([-+]|[0-9]+\.) /) list = 1

  verbatim = indented && !command && !list
  if (verbatim && gsub(/`/, "`") % 2 == 0) gsub(/`/, "")
  if (comment && !verbatim) {
    gsub(/e\.g\. /, "e.g.\\ ")
    gsub(/i\.e\. /, "i.e.\\ ")
    gsub(/ al\. /, " al.\\ ")
    gsub(/ eq\. /, " eq.\\ ")
    gsub(/ sec\. /, " sec.\\ ")
  }
  if (verbatim && !was_verbatim) {
    if (was_comment) last = last " @code{.unparsed}"
    else sub(/\/\/\//, "/// @code{.unparsed}")
  }
  if (!verbatim && was_verbatim) last = last " @endcode"
  if (NR > 1) print last
  last = $0
  was_comment = comment
  was_verbatim = verbatim
}
END { print last }

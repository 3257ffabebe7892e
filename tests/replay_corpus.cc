// What stands in for libFuzzer where it is not linked: runs a fuzzer once on every file of its
// corpus, so that each input that ever broke something is tried by every `make test`, under every
// compiler. usage: FUZZER CORPUS_DIRECTORY...
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

std::vector<std::filesystem::path> inputs_below(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> inputs;
  std::error_code fault;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, fault)) {
    if (entry.is_regular_file()) inputs.push_back(entry.path());
  }
  std::sort(inputs.begin(), inputs.end());
  return inputs;
}

bool replay(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  const std::string input{std::istreambuf_iterator<char>(file), {}};
  // A copy of the exact size, so that a sanitizer sees a read past its end.
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  unsigned passed = 0, failed = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& path : inputs_below(argv[i])) {
      // Said before: a property that does not hold ends the program, and this is what broke it.
      std::fprintf(stderr, "%s\n", path.c_str());
      replay(path) ? ++passed : ++failed;
    }
  }
  std::printf("%u passed, %u failed, 0 skipped\n", passed, failed);
  if (passed == 0) std::fprintf(stderr, "no input found: the corpus is empty or not there\n");
  return failed > 0 || passed == 0 ? 1 : 0;
}

#include "bench/dialect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace cachery::bench {
namespace {

using std::string_literals::operator""s;

struct Spoken {
  std::string name;
  std::unique_ptr<Dialect> (*make)(const KeySpace&);
  std::string get_of_1, get_of_1_and_2, set_of_1;
  std::string hit_of_1, miss, stored, refused;
  std::string hit_of_2_only;  // the answer to the get of 1 and 2
};

std::string packet(uint8_t magic, uint8_t opcode, std::string_view key, std::string_view extras,
                   std::string_view value, uint8_t status, uint8_t opaque) {
  std::string out(24, '\0');
  out[0] = static_cast<char>(magic);
  out[1] = static_cast<char>(opcode);
  out[3] = static_cast<char>(key.size());
  out[4] = static_cast<char>(extras.size());
  out[7] = static_cast<char>(status);
  out[11] = static_cast<char>(key.size() + extras.size() + value.size());
  out[15] = static_cast<char>(opaque);
  return out + std::string(extras) + std::string(key) + std::string(value);
}

// Keys of 4 digits, values of 6 bytes: 4 digits would not fit 6, so a value is 6 digits.
const std::string kKey1 = "0001", kKey2 = "0002", kValue1 = "000001", kValue2 = "000002";

std::vector<Spoken> all_spoken() {
  const std::string flags(4, '\0'), set_extras(8, '\0');
  return {
      {"ascii", make_ascii_dialect, "get 0001\r\n", "get 0001 0002\r\n",
       "set 0001 0 0 6\r\n000001\r\n", "VALUE 0001 0 6\r\n000001\r\nEND\r\n", "END\r\n",
       "STORED\r\n", "SERVER_ERROR out of memory\r\n", "VALUE 0002 0 6\r\n000002\r\nEND\r\n"},
      {"meta", make_meta_dialect, "mg 0001 v\r\n", "mg 0001 v q O0\r\nmg 0002 v q O1\r\nmn\r\n",
       "ms 0001 6\r\n000001\r\n", "VA 6\r\n000001\r\n", "EN\r\n", "HD\r\n",
       "SERVER_ERROR out of memory\r\n", "VA 6 O1\r\n000002\r\nMN\r\n"},
      {"binary", make_binary_dialect, packet(0x80, 0x00, kKey1, "", "", 0, 0),
       packet(0x80, 0x0d, kKey1, "", "", 0, 0) + packet(0x80, 0x0d, kKey2, "", "", 0, 1) +
           packet(0x80, 0x0a, "", "", "", 0, 2),
       packet(0x80, 0x01, kKey1, set_extras, kValue1, 0, 0),
       packet(0x81, 0x00, "", flags, kValue1, 0, 0), packet(0x81, 0x00, "", "", "Not found", 1, 0),
       packet(0x81, 0x01, "", "", "", 0, 0), packet(0x81, 0x01, "", "", "Out of memory", 0x82, 0),
       packet(0x81, 0x0d, kKey2, flags, kValue2, 0, 1) + packet(0x81, 0x0a, "", "", "", 0, 2)},
  };
}

class DialectTest : public testing::TestWithParam<Spoken> {
 protected:
  std::string compose(const std::function<char*(char*)>& write, size_t keys) const {
    std::string out(dialect_->request_bytes_max(keys), '\0');
    const char* end = write(out.data());
    out.resize(static_cast<size_t>(end - out.data()));
    return out;
  }

  // Reads the whole answer; what is left over is returned.
  std::string read_all(Operation& operation, std::string_view input, Tally& tally) const {
    while (!operation.is_done) {
      const ReadResult result = dialect_->read(operation, input, tally);
      if (result.reading != Reading::element) break;
      input.remove_prefix(result.bytes);
    }
    return std::string(input);
  }

  const KeySpace key_space_{{4, 6}};
  const std::unique_ptr<Dialect> dialect_ = GetParam().make(key_space_);
  const std::vector<uint64_t> one_{1}, two_{1, 2};
};

TEST_P(DialectTest, ComposesWhatTheProtocolSays) {
  EXPECT_EQ(compose([&](char* out) { return dialect_->compose_get(out, one_); }, 1),
            GetParam().get_of_1);
  EXPECT_EQ(compose([&](char* out) { return dialect_->compose_get(out, two_); }, 2),
            GetParam().get_of_1_and_2);
  EXPECT_EQ(compose([&](char* out) { return dialect_->compose_set(out, 1); }, 1),
            GetParam().set_of_1);
}

TEST_P(DialectTest, CountsAHitAMissAndASet) {
  Tally tally;
  Operation hit{.keys = one_}, miss{.keys = one_}, set{.verb = Verb::set, .keys = one_};
  EXPECT_EQ(read_all(hit, GetParam().hit_of_1 + "next", tally), "next");
  EXPECT_EQ(read_all(miss, GetParam().miss, tally), "");
  EXPECT_EQ(read_all(set, GetParam().stored, tally), "");
  EXPECT_TRUE(hit.is_done && miss.is_done && set.is_done);
  EXPECT_EQ(tally.hits, 1u);
  EXPECT_EQ(tally.misses, 1u);
  EXPECT_EQ(tally.stored, 1u);
  EXPECT_EQ(tally.errors + tally.wrong_values, 0u);
}

TEST_P(DialectTest, CountsTheKeysThatAMultiGetDidNotReturn) {
  Tally tally;
  Operation get{.keys = two_};
  EXPECT_EQ(read_all(get, GetParam().hit_of_2_only, tally), "");
  EXPECT_TRUE(get.is_done);
  EXPECT_EQ(tally.hits, 1u);
  EXPECT_EQ(tally.misses, 1u);
}

TEST_P(DialectTest, SeesTheValueOfAnotherKey) {
  std::string answer = GetParam().hit_of_1;
  const size_t value = answer.find(kValue1);
  answer.replace(value, kValue1.size(), kValue2);
  Tally tally;
  Operation get{.keys = one_};
  EXPECT_EQ(read_all(get, answer, tally), "");
  EXPECT_EQ(tally.wrong_values, 1u);
  EXPECT_EQ(tally.hits, 0u);
}

TEST_P(DialectTest, KeepsTheFirstErrorForAPerson) {
  Tally tally;
  Operation set{.verb = Verb::set, .keys = one_};
  EXPECT_EQ(read_all(set, GetParam().refused, tally), "");
  EXPECT_TRUE(set.is_done);
  EXPECT_EQ(tally.errors, 1u);
  EXPECT_THAT(tally.first_error, testing::HasSubstr("ut of memory"));
}

TEST_P(DialectTest, NeedsMoreUntilTheLastByteOfAnAnswer) {
  for (const std::string& answer : {GetParam().hit_of_1, GetParam().miss}) {
    for (size_t size = 0; size < answer.size(); ++size) {
      Tally tally;
      Operation get{.keys = one_};
      read_all(get, std::string_view(answer).substr(0, size), tally);
      EXPECT_FALSE(get.is_done) << size;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Protocols, DialectTest, testing::ValuesIn(all_spoken()),
                         [](const auto& spoken) { return spoken.param.name; });

TEST(AsciiDialect, ReadsOnPastAValueOfAnotherShape) {
  const KeySpace key_space({4, 6});
  const auto dialect = make_ascii_dialect(key_space);
  const std::vector<uint64_t> keys{1};
  Operation get{.keys = keys};
  Tally tally;
  std::string_view input = "VALUE 0001 5 11\r\nhello world\r\nEND\r\n";
  const ReadResult value = dialect->read(get, input, tally);
  EXPECT_EQ(value.reading, Reading::element);
  EXPECT_EQ(tally.wrong_values, 1u);
  input.remove_prefix(value.bytes);
  EXPECT_EQ(dialect->read(get, input, tally).bytes, 5u);
  EXPECT_TRUE(get.is_done);
}

TEST(KeySpace, KnowsItsOwnKeysAndValuesOnly) {
  for (const KeySpace::Shape shape : {KeySpace::Shape{1, 0}, {8, 3}, {16, 16}, {32, 100}}) {
    const KeySpace key_space(shape);
    std::string key(shape.key_bytes, '\0'), value(shape.value_bytes, '\0');
    key_space.write_key(key.data(), 7);
    key_space.write_value(value.data(), 7);
    EXPECT_TRUE(key_space.is_key(key, 7));
    EXPECT_FALSE(key_space.is_key(key, 8));
    EXPECT_TRUE(key_space.is_value(value, 7));
    EXPECT_FALSE(key_space.is_value(value + "x", 7));
    if (!value.empty()) {
      EXPECT_FALSE(key_space.is_value(value, 8));
      value.back() = '!';
      EXPECT_FALSE(key_space.is_value(value, 7));
    }
  }
}

}  // namespace
}  // namespace cachery::bench

#include "print.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/size.h"

namespace cachery {
namespace {

namespace json = http::json;

// A field as text; numbers and truths as JSON has them, absent ones empty. Answers of another
// program than ours must not be able to end this one.
std::string text_of(const json::value& value, std::string_view name) {
  const json::object* object = value.if_object();
  const json::value* field = object ? object->if_contains({name.data(), name.size()}) : nullptr;
  if (field == nullptr || field->is_null()) return {};
  if (const json::string* text = field->if_string()) return {text->data(), text->size()};
  return json::serialize(*field);
}

bool is_true(const json::value& value, std::string_view name) {
  return text_of(value, name) == "true";
}

json::array list_of(const json::value& value, std::string_view name) {
  const json::object* object = value.if_object();
  const json::value* field = object ? object->if_contains({name.data(), name.size()}) : nullptr;
  return field != nullptr && field->is_array() ? field->get_array() : json::array();
}

std::string joined(const json::array& texts) {
  std::string out;
  for (const json::value& text : texts) {
    if (!out.empty()) out += ',';
    if (const json::string* one = text.if_string()) out.append(one->data(), one->size());
  }
  return out;
}

// A field that counts bytes; empty when it is none.
std::string size_of(const json::value& value, std::string_view name) {
  const json::object* object = value.if_object();
  const json::value* bytes = object ? object->if_contains({name.data(), name.size()}) : nullptr;
  if (bytes == nullptr) return {};
  json::error_code error;
  const auto number = bytes->to_number<uint64_t>(error);
  return error ? std::string() : format_size(number);
}

json::value usage_of(const json::value& cache) {
  const json::object* object = cache.if_object();
  const json::value* usage = object ? object->if_contains("usage") : nullptr;
  return usage != nullptr ? *usage : json::value();
}

// "98.7 %"; empty before the first get.
std::string hit_rate_of(const json::value& usage) {
  const json::object* object = usage.if_object();
  const json::value* rate = object ? object->if_contains("hit_rate") : nullptr;
  json::error_code error;
  const auto number = rate ? rate->to_number<double>(error) : 0.0;
  return rate == nullptr || error ? std::string() : fmt::format("{:.1f} %", number * 100);
}

std::string state_of(const json::value& cache) {
  if (is_true(cache, "enabled")) return "enabled";
  const std::string by = text_of(cache, "disabled_by");
  return by.empty() ? "disabled" : fmt::format("disabled ({})", by);
}

std::string capabilities_of(const json::value& credential) {
  std::string out = "read";
  for (const char* name : {"write", "flush", "api"}) {
    if (is_true(credential, name)) out += fmt::format(",{}", name);
  }
  return out;
}

std::string ways_in_of(const json::value& credential) {
  std::vector<std::string> ways;
  if (const std::string port = text_of(credential, "own_port"); !port.empty() && port != "0") {
    const std::string networks = joined(list_of(credential, "own_port_networks"));
    ways.push_back(fmt::format("port {} from {}", port, networks.empty() ? "loopback" : networks));
  }
  if (const std::string name = text_of(credential, "tls_client_name"); !name.empty()) {
    ways.push_back("certificate of " + name);
  }
  if (const std::string name = text_of(credential, "tls_server_name"); !name.empty()) {
    ways.push_back("TLS to " + name);
  }
  std::string out = "password";
  for (const std::string& way : ways) out += "; " + way;
  return out;
}

}  // namespace

void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

void print_cache(std::ostream& out, const json::value& cache) {
  const json::value usage = usage_of(cache);
  std::vector<std::vector<std::string>> rows = {
      {"name", text_of(cache, "name")},
      {"id", text_of(cache, "id")},
      {"plan", text_of(cache, "plan")},
      {"memory", size_of(cache, "limit_bytes")},
      {"used", size_of(usage, "bytes")},
      {"items", text_of(usage, "items")},
      {"connections", text_of(usage, "connections")},
      {"hit rate", hit_rate_of(usage)},
      {"state", state_of(cache)},
      {"cluster", text_of(cache, "cluster")},
      {"servers", joined(list_of(cache, "servers"))},
      {"TLS servers", joined(list_of(cache, "tls_servers"))},
      {"username", text_of(cache, "username")},
      {"password", text_of(cache, "password")},
      {"dashboard", text_of(cache, "sso_path")},
  };
  print_table(out, rows);
}

void print_caches(std::ostream& out, const json::array& caches) {
  std::vector<std::vector<std::string>> rows = {
      {"ID", "NAME", "PLAN", "MEMORY", "USED", "HIT RATE", "STATE", "USERNAME"}};
  for (const json::value& cache : caches) {
    const json::value usage = usage_of(cache);
    rows.push_back({text_of(cache, "id"), text_of(cache, "name"), text_of(cache, "plan"),
                    size_of(cache, "limit_bytes"), size_of(usage, "bytes"), hit_rate_of(usage),
                    state_of(cache), text_of(cache, "username")});
  }
  print_table(out, rows);
}

void print_credentials(std::ostream& out, const json::array& credentials) {
  std::vector<std::vector<std::string>> rows = {
      {"ID", "USERNAME", "PASSWORD", "PRIMARY", "MAY", "KEY PREFIX", "WAYS IN"}};
  for (const json::value& one : credentials) {
    rows.push_back({text_of(one, "id"), text_of(one, "username"), text_of(one, "password"),
                    is_true(one, "primary") ? "yes" : "", capabilities_of(one),
                    text_of(one, "key_prefix"), ways_in_of(one)});
  }
  print_table(out, rows);
}

void print_clusters(std::ostream& out, const json::array& clusters) {
  std::vector<std::vector<std::string>> rows = {{"ID", "NAME", "REGION", "KIND"}};
  for (const json::value& one : clusters) {
    rows.push_back(
        {text_of(one, "id"), text_of(one, "name"), text_of(one, "region"), text_of(one, "kind")});
  }
  print_table(out, rows);
}

json::object variables_of(const json::value& cache) {
  return {{"MEMCACHIER_SERVERS", joined(list_of(cache, "servers"))},
          {"MEMCACHIER_USERNAME", text_of(cache, "username")},
          {"MEMCACHIER_PASSWORD", text_of(cache, "password")}};
}

void print_variables(std::ostream& out, const json::value& cache) {
  const json::object variables = variables_of(cache);
  for (const auto& variable : variables) {
    const json::string& value = variable.value().get_string();
    out << "export " << std::string_view(variable.key().data(), variable.key().size()) << '='
        << shell_quoted({value.data(), value.size()}) << '\n';
  }
}

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace cachery

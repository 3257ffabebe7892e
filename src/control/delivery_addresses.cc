#include "control/delivery_addresses.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/deliveries.h"
#include "control/email.h"

namespace cachery::control {
namespace {

// Neither spaces nor control characters: what goes into a header or a URL as it is.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

Status check_url(std::string_view field, std::string_view url) {
  std::string_view rest = url;
  const bool has_scheme = rest.starts_with("https://") || rest.starts_with("http://");
  rest.remove_prefix(has_scheme ? rest.find("//") + 2 : 0);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const bool is_good = has_scheme && url.size() <= kDeliveryAddressBytesMax && is_plain(url) &&
                       !authority.empty() && authority.find('@') == std::string_view::npos &&
                       url.find('#') == std::string_view::npos;
  if (is_good) return {};
  return fail(Fault::invalid,
              fmt::format("{} is no address to send to: write https://HOST/PATH, at most {} bytes, "
                          "without a user name",
                          field, kDeliveryAddressBytesMax));
}

Status check_slack_channel(std::string_view channel) {
  if (channel.size() <= kSlackChannelBytesMax && is_plain(channel)) return {};
  return fail(Fault::invalid, fmt::format("slack_channel has spaces or more than {} bytes: write "
                                          "#channel or @person, or leave it out",
                                          kSlackChannelBytesMax));
}

}  // namespace

Status check_addresses(const NewDeliveryConfig& wanted) {
  const DeliveryChannel channel = wanted.channel;
  if (wanted.wants_invoices && channel != DeliveryChannel::webhook) {
    return fail(Fault::invalid, "invoices are told to webhooks only");
  }
  if (!wanted.email.empty() && channel != DeliveryChannel::email) {
    return fail(Fault::invalid, "email belongs to the delivery type email only");
  }
  if (!(wanted.slack_url + wanted.slack_channel).empty() && channel != DeliveryChannel::slack) {
    return fail(Fault::invalid,
                "slack_url and slack_channel belong to the delivery type slack only");
  }
  if (!wanted.webhook_url.empty() && channel != DeliveryChannel::webhook) {
    return fail(Fault::invalid, "webhook_url belongs to the delivery type webhook only");
  }
  switch (channel) {
    case DeliveryChannel::email:
      return check_email(wanted.email);
    case DeliveryChannel::webhook:
      return check_url("webhook_url", wanted.webhook_url);
    case DeliveryChannel::slack:
      break;
  }
  if (auto checked = check_slack_channel(wanted.slack_channel); !checked) return checked;
  return check_url("slack_url", wanted.slack_url);
}

}  // namespace cachery::control

// What happened, in sentences: the subject and the body of a mail, the text in Slack, the summary
// in a webhook. Plain text: each channel escapes it as it must.
#pragma once

#include <string>

#include "control/courier.h"

namespace cachery::outgoing {

struct AlertText {
  std::string headline = {};  // one line
  std::string details = {};   // some lines, each with its end; may be empty
};

AlertText text_of(const control::Parcel& parcel);

}  // namespace cachery::outgoing

// What makes libcurl give an exchange up when the process ends: it asks about once a second, and
// whenever something comes.
#pragma once

#include <curl/curl.h>

#include "base/ending.h"

namespace cachery::outgoing {

inline int is_to_give_up(void* ending, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const Ending*>(ending)->has_begun() ? 1 : 0;
}

inline void watch_ending(CURL* curl, const Ending* ending) {
  if (ending == nullptr) return;
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, is_to_give_up);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, const_cast<Ending*>(ending));
}

}  // namespace cachery::outgoing

#include "standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace cachery {

void open_closed_standard_streams() {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    if (::fcntl(stream, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest number that is free: this one, for those below it are open.
    if (::open("/dev/null", O_RDWR) != stream) std::_Exit(EXIT_FAILURE);
  }
}

}  // namespace cachery

// Descriptors 0, 1 and 2 of a process that was started with one of them closed: the next file or
// socket that is opened would get its number, and what is said on the stream would be written into
// a database or to a client.
#pragma once

namespace cachery {

// Opens /dev/null in the place of each that is closed. First thing in main.
void open_closed_standard_streams();

}  // namespace cachery

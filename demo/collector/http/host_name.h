// Reads the name in a Host header.
#ifndef COLLECTOR_HTTP_HOST_NAME_H_
#define COLLECTOR_HTTP_HOST_NAME_H_

#include <string>
#include <string_view>

namespace collector {

// Returns the host name of a Host header in lower case, without the port.
std::string HostName(std::string_view host);

// Whether a host name is an IP address. IPv6 addresses are in brackets.
bool IsAddress(std::string_view name);

// Whether only programs on this machine reach a server that listens on this address.
bool IsLoopback(std::string_view host);

}  // namespace collector

#endif  // COLLECTOR_HTTP_HOST_NAME_H_

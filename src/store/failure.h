// What databases say, as the errors of ports::Store.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace stargate::store {

// `type` of an error that another writer caused: the same transaction may succeed when it is run again.
inline constexpr std::string_view kInterrupted = "interrupted";

// ... of a server that takes no writes. It was the wrong one of several, if the connection is an old one.
inline constexpr std::string_view kReadOnly = "read_only";

Failure unavailable(std::string message, Retry retry = Retry::kYes);
Failure interrupted();
Failure refused(std::string message);  // our statement is wrong
Failure not_found(std::string_view what);

// A unique constraint by the name that the schema gives it ("sg_user__user_email" or "sg_user.user_email").
Failure taken(std::string_view constraint);

// By SQLSTATE. `message` is the server's first line; `constraint` may be empty.
Failure postgres_failure(std::string_view sqlstate, std::string_view message, std::string_view constraint);

// By extended result code.
Failure sqlite_failure(int code, std::string_view message);

}  // namespace stargate::store

#include "gateway/settle.h"

namespace stargate::gateway {

void settle(Call& call) {
  ports::RequestRecord& record = call.record;
  record.took = call.env().now() - call.began;
  record.stream = call.stream;
  if (call.principal) {
    record.key_alias = call.principal->key_alias;
    record.user_id = call.principal->user_id;
  }
  if (call.reply) {
    record.usage = call.reply->usage();
    record.finish_reason = call.reply->finish_reason();
  }
  call.services.events->record(record);
}

}  // namespace stargate::gateway

/* Messages to an MQTT broker, as the command line says. */
#ifndef ALFA_CLI_MESSAGES_H
#define ALFA_CLI_MESSAGES_H

#include "cli/options.h"
#include "message/mqtt.h"

/* *out NULL without --mqtt: the outbox's name is that of a file it belongs to and ".outbox". Fails too when
 * another option needs --mqtt. */
enum alfa_status alfa__messages_open(struct alfa__mqtt **out, const struct alfa__options *options,
                                     const char *beside, struct alfa_error *err);

#endif

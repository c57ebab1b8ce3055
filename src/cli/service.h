/* What a service says to systemd (sd_notify(3), without its library): ready, and that it is alive. Nothing
 * happens when nobody asked for it. */
#ifndef ALFA_CLI_SERVICE_H
#define ALFA_CLI_SERVICE_H

/* "READY=1", "WATCHDOG=1", "STATUS=..." to $NOTIFY_SOCKET. */
void alfa__service_say(const char *state);

#endif

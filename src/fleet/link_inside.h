/* What the files of the link share. */
#ifndef ALFA_FLEET_LINK_INSIDE_H
#define ALFA_FLEET_LINK_INSIDE_H

#if __has_include(<rabbitmq-c/amqp.h>) /* from 0.12 on */
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>
#include <rabbitmq-c/ssl_socket.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#endif

#include "fleet/link.h"

enum { ALFA__LINK_CHANNEL = 1, ALFA__LINK_HEARTBEAT = 30, ALFA__LINK_TIMEOUT = 20 }; /* seconds */

struct alfa__link {
    char *host, *user, *password, *vhost, *place, *ca, *name;
    int port;
    bool tls;
    amqp_connection_state_t connection; /* NULL: down */
    double pause;                       /* before the next try */
    unsigned long long sent, base;      /* letters ever; those before this connection */
    unsigned readers;                   /* ever, for their names */
    amqp_envelope_t letter;             /* the last one that came */
    bool has_letter;
    char id[256], answer_to[256], about[256];
};

/* The connection is of no use any more; the reason stays in err. */
enum alfa_status alfa__link_lost(struct alfa__link *link, enum alfa_status status, int code,
                                 const char *doing, struct alfa_error *err);
/* Looks at the answer to the last request; what: for the message. A refusal closes the link:
 * ALFA_ERROR_USAGE. */
enum alfa_status alfa__link_check(struct alfa__link *link, amqp_rpc_reply_t reply, const char *what,
                                  struct alfa_error *err);

#endif

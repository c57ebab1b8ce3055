/* Exchanges and queues as a link declares them. */
#include "fleet/link_inside.h"

#include <stdio.h>
#include <string.h>

enum { MOST_ARGUMENTS = 8 };

struct arguments {
    amqp_table_entry_t rows[MOST_ARGUMENTS];
    int count;
};

static void add_text(struct arguments *a, const char *key, const char *text)
{
    a->rows[a->count++] = (amqp_table_entry_t){
        .key = amqp_cstring_bytes(key),
        .value = {.kind = AMQP_FIELD_KIND_UTF8, .value = {.bytes = amqp_cstring_bytes(text)}}};
}

static void add_number(struct arguments *a, const char *key, long long number)
{
    if (number > 0)
        a->rows[a->count++] = (amqp_table_entry_t){
            .key = amqp_cstring_bytes(key), .value = {.kind = AMQP_FIELD_KIND_I64, .value = {.i64 = number}}};
}

static amqp_table_t table(struct arguments *a)
{
    return (amqp_table_t){a->count, a->rows};
}

enum alfa_status alfa__link_queue(struct alfa__link *link, const struct alfa__queue_options *q,
                                  struct alfa_error *err)
{
    struct arguments a = {.count = 0};
    char what[300];
    add_text(&a, "x-queue-type", "quorum");
    if (q->length || q->bytes) /* refuses what is too much; otherwise the oldest would be dropped */
        add_text(&a, "x-overflow", "reject-publish");
    add_number(&a, "x-max-length", q->length);
    add_number(&a, "x-max-length-bytes", q->bytes);
    add_number(&a, "x-delivery-limit", q->limit);
    add_number(&a, "x-expires", 1000ll * q->expires);
    if (q->dead_letters) { /* and a dead letter leaves only once it has arrived there */
        add_text(&a, "x-dead-letter-exchange", q->dead_letters);
        add_text(&a, "x-dead-letter-strategy", "at-least-once");
    }
    amqp_queue_declare(link->connection, ALFA__LINK_CHANNEL, amqp_cstring_bytes(q->name), 0, 1, 0, 0,
                       table(&a));
    snprintf(what, sizeof what, "declaring the queue %s", q->name);
    return alfa__link_check(link, amqp_get_rpc_reply(link->connection), what, err);
}

enum alfa_status alfa__link_exchange(struct alfa__link *link, const char *name, const char *kind,
                                     const char *unclaimed, struct alfa_error *err)
{
    struct arguments a = {.count = 0};
    char what[300];
    if (unclaimed)
        add_text(&a, "alternate-exchange", unclaimed);
    amqp_exchange_declare(link->connection, ALFA__LINK_CHANNEL, amqp_cstring_bytes(name),
                          amqp_cstring_bytes(kind), 0, 1, 0, 0, table(&a));
    snprintf(what, sizeof what, "declaring the exchange %s", name);
    return alfa__link_check(link, amqp_get_rpc_reply(link->connection), what, err);
}

enum alfa_status alfa__link_bind(struct alfa__link *link, const char *queue, const char *exchange,
                                 const char *key, struct alfa_error *err)
{
    char what[600];
    amqp_queue_bind(link->connection, ALFA__LINK_CHANNEL, amqp_cstring_bytes(queue),
                    amqp_cstring_bytes(exchange), amqp_cstring_bytes(key), amqp_empty_table);
    snprintf(what, sizeof what, "binding the queue %s to %s", queue, exchange);
    return alfa__link_check(link, amqp_get_rpc_reply(link->connection), what, err);
}

enum alfa_status alfa__link_remove(struct alfa__link *link, const char *queue, struct alfa_error *err)
{
    char what[300];
    amqp_queue_delete(link->connection, ALFA__LINK_CHANNEL, amqp_cstring_bytes(queue), 0, 0);
    snprintf(what, sizeof what, "removing the queue %s", queue);
    return alfa__link_check(link, amqp_get_rpc_reply(link->connection), what, err);
}

enum alfa_status alfa__link_count(struct alfa__link *link, const char *queue, long long *letters,
                                  long long *readers, struct alfa_error *err)
{
    char what[300];
    const amqp_queue_declare_ok_t *ok = amqp_queue_declare(
        link->connection, ALFA__LINK_CHANNEL, amqp_cstring_bytes(queue), 1, 1, 0, 0, amqp_empty_table);
    *letters = ok ? ok->message_count : 0;
    *readers = ok ? ok->consumer_count : 0;
    snprintf(what, sizeof what, "looking at the queue %s", queue);
    if (ok)
        return ALFA_OK;
    enum alfa_status status = alfa__link_check(link, amqp_get_rpc_reply(link->connection), what, err);
    if (status == ALFA_ERROR_USAGE) /* refused: 404 */
        status = err->code = ALFA_ERROR_INPUT;
    return status;
}

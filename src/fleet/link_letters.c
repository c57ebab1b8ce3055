/* Letters that go out and come in over a link, and what the broker says about them. */
#include "fleet/link_inside.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

/* ------------------------------------------------------------------ going out */

static void set(amqp_basic_properties_t *p, amqp_flags_t flag, amqp_bytes_t *field, const char *text)
{
    if (!text)
        return;
    p->_flags |= flag;
    *field = amqp_cstring_bytes(text);
}

enum alfa_status alfa__link_send(struct alfa__link *link, unsigned long long *number,
                                 const struct alfa__letter *letter, struct alfa_error *err)
{
    amqp_table_entry_t reason = {.key = amqp_cstring_bytes("x-reason"),
                                 .value = {.kind = AMQP_FIELD_KIND_UTF8}};
    amqp_basic_properties_t p = {._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG,
                                 .delivery_mode = 2, /* on the disk */
                                 .content_type = amqp_cstring_bytes("application/json")};
    set(&p, AMQP_BASIC_MESSAGE_ID_FLAG, &p.message_id, letter->id);
    set(&p, AMQP_BASIC_REPLY_TO_FLAG, &p.reply_to, letter->answer_to);
    set(&p, AMQP_BASIC_CORRELATION_ID_FLAG, &p.correlation_id, letter->about);
    if (letter->reason) {
        p._flags |= AMQP_BASIC_HEADERS_FLAG;
        reason.value.value.bytes = amqp_cstring_bytes(letter->reason);
        p.headers = (amqp_table_t){1, &reason};
    }
    const amqp_bytes_t body = {letter->size, (void *)letter->body};
    const int code =
        amqp_basic_publish(link->connection, ALFA__LINK_CHANNEL, amqp_cstring_bytes(letter->exchange),
                           amqp_cstring_bytes(letter->key), 1, 0, &p, body);
    if (code != AMQP_STATUS_OK)
        return alfa__link_lost(link, ALFA_ERROR_RUNTIME, code, "the connection is lost", err);
    *number = ++link->sent;
    return ALFA_OK;
}

/* ------------------------------------------------------------------ coming in */

enum alfa_status alfa__link_read(struct alfa__link *link, const char *queue, int ahead,
                                 struct alfa_error *err)
{
    char reader[24];
    snprintf(reader, sizeof reader, "alfa-%u", ++link->readers);
    amqp_basic_qos(link->connection, ALFA__LINK_CHANNEL, 0, (uint16_t)ahead,
                   0); /* of each reader from now on */
    ALFA__TRY(
        alfa__link_check(link, amqp_get_rpc_reply(link->connection), "asking for so many letters", err));
    amqp_basic_consume(link->connection, ALFA__LINK_CHANNEL, amqp_cstring_bytes(queue),
                       amqp_cstring_bytes(reader), 0, 0, 0, amqp_empty_table);
    return alfa__link_check(link, amqp_get_rpc_reply(link->connection), "reading the queue", err);
}

enum alfa_status alfa__link_done(struct alfa__link *link, unsigned long long tag, bool all,
                                 struct alfa_error *err)
{
    const int code = amqp_basic_ack(link->connection, ALFA__LINK_CHANNEL, tag, all);
    return code == AMQP_STATUS_OK
               ? ALFA_OK
               : alfa__link_lost(link, ALFA_ERROR_RUNTIME, code, "the connection is lost", err);
}

enum alfa_status alfa__link_again(struct alfa__link *link, unsigned long long tag, struct alfa_error *err)
{
    const int code = amqp_basic_reject(link->connection, ALFA__LINK_CHANNEL, tag, 1);
    return code == AMQP_STATUS_OK
               ? ALFA_OK
               : alfa__link_lost(link, ALFA_ERROR_RUNTIME, code, "the connection is lost", err);
}

/* ------------------------------------------------------------------ what happens */

static void copy(char out[256], bool there, amqp_bytes_t text)
{
    const size_t size = !there ? 0 : text.len < 255 ? text.len : 255;
    if (size > 0)
        memcpy(out, text.bytes, size);
    out[size] = 0;
}

static void take_texts(struct alfa__link *link, struct alfa__event *out, const amqp_basic_properties_t *p)
{
    copy(link->id, p->_flags & AMQP_BASIC_MESSAGE_ID_FLAG, p->message_id);
    copy(link->answer_to, p->_flags & AMQP_BASIC_REPLY_TO_FLAG, p->reply_to);
    copy(link->about, p->_flags & AMQP_BASIC_CORRELATION_ID_FLAG, p->correlation_id);
    out->id = link->id;
    out->answer_to = link->answer_to;
    out->about = link->about;
}

/* x-delivery-count of a quorum queue. */
static int read_tries(const amqp_basic_properties_t *p)
{
    for (int i = 0; p->_flags & AMQP_BASIC_HEADERS_FLAG && i < p->headers.num_entries; i++) {
        const amqp_table_entry_t *row = &p->headers.entries[i];
        const amqp_field_value_t *v = &row->value;
        if (row->key.len != 16 || memcmp(row->key.bytes, "x-delivery-count", 16) != 0)
            continue;
        const long long count = v->kind == AMQP_FIELD_KIND_I64   ? (long long)v->value.i64
                                : v->kind == AMQP_FIELD_KIND_I32 ? v->value.i32
                                : v->kind == AMQP_FIELD_KIND_I16 ? v->value.i16
                                : v->kind == AMQP_FIELD_KIND_I8  ? v->value.i8
                                : v->kind == AMQP_FIELD_KIND_U8  ? v->value.u8
                                                                 : 0;
        return count < 0 ? 0 : count > 1000000 ? 1000000 : (int)count;
    }
    return 0;
}

static void take_letter(struct alfa__link *link, struct alfa__event *out)
{
    const amqp_message_t *m = &link->letter.message;
    out->kind = ALFA__EVENT_LETTER;
    out->tag = link->letter.delivery_tag;
    out->tries = read_tries(&m->properties);
    out->body = m->body.bytes;
    out->size = m->body.len;
    take_texts(link, out, &m->properties);
}

/* A letter that reached no queue comes back whole. */
static enum alfa_status take_returned(struct alfa__link *link, struct alfa__event *out,
                                      struct alfa_error *err)
{
    amqp_message_t message;
    ALFA__TRY(alfa__link_check(link, amqp_read_message(link->connection, ALFA__LINK_CHANNEL, &message, 0),
                               "the connection is lost", err));
    out->kind = ALFA__EVENT_RETURNED;
    take_texts(link, out, &message.properties);
    amqp_destroy_message(&message);
    return ALFA_OK;
}

static void take_number(const struct alfa__link *link, struct alfa__event *out, enum alfa__event_kind kind,
                        unsigned long long tag, bool all)
{
    out->kind = kind;
    out->number = link->base + tag;
    out->all = all;
}

/* RabbitMQ fails so (541) when a queue is removed while it hands a letter over. */
static bool broker_failed(amqp_method_t method)
{
    return method.id == AMQP_CONNECTION_CLOSE_METHOD &&
           ((const amqp_connection_close_t *)method.decoded)->reply_code == AMQP_INTERNAL_ERROR;
}

static enum alfa_status fail_closed(struct alfa__link *link, amqp_method_t method, struct alfa_error *err)
{
    const enum alfa_status status = broker_failed(method) ? ALFA_ERROR_INPUT : ALFA_ERROR_RUNTIME;
    amqp_rpc_reply_t reply = {.reply_type = AMQP_RESPONSE_SERVER_EXCEPTION, .reply = method};
    (void)alfa__link_check(link, reply, "the connection is closed", err);
    if (err)
        err->code = status;
    return status;
}

/* What is no letter. */
static enum alfa_status take_frame(struct alfa__link *link, struct alfa__event *out, struct alfa_error *err)
{
    amqp_frame_t frame;
    struct timeval now = {0};
    const int code = amqp_simple_wait_frame_noblock(link->connection, &frame, &now);
    if (code == AMQP_STATUS_TIMEOUT)
        return ALFA_OK;
    if (code != AMQP_STATUS_OK)
        return alfa__link_lost(link, ALFA_ERROR_RUNTIME, code, "the connection is lost", err);
    if (frame.frame_type != AMQP_FRAME_METHOD)
        return ALFA_OK;
    const void *decoded = frame.payload.method.decoded;
    switch (frame.payload.method.id) {
    case AMQP_BASIC_ACK_METHOD: {
        const amqp_basic_ack_t *m = decoded;
        take_number(link, out, ALFA__EVENT_CONFIRMED, m->delivery_tag, m->multiple);
        return ALFA_OK;
    }
    case AMQP_BASIC_NACK_METHOD: {
        const amqp_basic_nack_t *m = decoded;
        take_number(link, out, ALFA__EVENT_REFUSED, m->delivery_tag, m->multiple);
        return ALFA_OK;
    }
    case AMQP_BASIC_RETURN_METHOD:
        return take_returned(link, out, err);
    case AMQP_CONNECTION_BLOCKED_METHOD:
        out->kind = ALFA__EVENT_BLOCKED;
        return ALFA_OK;
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
        out->kind = ALFA__EVENT_UNBLOCKED;
        return ALFA_OK;
    case AMQP_CHANNEL_CLOSE_METHOD:
    case AMQP_CONNECTION_CLOSE_METHOD:
        return fail_closed(link, frame.payload.method, err);
    case AMQP_BASIC_CANCEL_METHOD: /* somebody deleted the queue, or its leader moved */
        alfa__link_close(link);
        return alfa__fail(err, ALFA_ERROR_INPUT, link->place, "a queue is gone");
    default:
        return ALFA_OK;
    }
}

/* Until there is something to read or wake is readable. What was read already waits in the library. */
static void wait_for_input(const struct alfa__link *link, int wake, double seconds)
{
    struct pollfd wait[2] = {{.fd = amqp_get_sockfd(link->connection), .events = POLLIN},
                             {.fd = wake, .events = POLLIN}};
    if (seconds > 0 && !amqp_frames_enqueued(link->connection) && !amqp_data_in_buffer(link->connection))
        poll(wait, wake < 0 ? 1 : 2, (int)(seconds * 1000));
}

enum alfa_status alfa__link_next(struct alfa__link *link, struct alfa__event *out, int wake, double seconds,
                                 struct alfa_error *err)
{
    struct timeval now = {0};
    *out = (struct alfa__event){.id = "", .answer_to = "", .about = ""};
    if (link->has_letter)
        amqp_destroy_envelope(&link->letter);
    link->has_letter = false;
    wait_for_input(link, wake, seconds);
    amqp_maybe_release_buffers(link->connection);
    amqp_rpc_reply_t reply = amqp_consume_message(link->connection, &link->letter, &now, 0);
    link->has_letter = reply.reply_type == AMQP_RESPONSE_NORMAL;
    if (link->has_letter) {
        take_letter(link, out);
        return ALFA_OK;
    }
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && reply.library_error == AMQP_STATUS_TIMEOUT)
        return ALFA_OK;
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
        reply.library_error == AMQP_STATUS_UNEXPECTED_STATE)
        return take_frame(link, out, err);
    ALFA__TRY(alfa__link_check(link, reply, "the connection is lost", err));
    return ALFA_OK;
}

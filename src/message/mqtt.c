#include "message/mqtt.h"

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/status.h"
#include "base/strings.h"
#include "message/outbox.h"

#define MOST ((size_t)64 << 20) /* bytes that wait */
#define KEEP_ALIVE 30           /* seconds */
#define AGAIN 2.0               /* seconds between tries of a first connection */
#define AWAY (-1)
enum { NO_TLS = 1, DISTRUSTED };
enum { MOST_QUESTIONS = 64 }; /* that wait; more are not answered */
enum { WINDOW = 256 };        /* messages that the client has at once: it walks through all at each new one */
#define GOODBYE 5.0           /* seconds for what is still on its way */

struct sent {
    int mid;
    long long number; /* in the outbox */
};

/* A message that wants an answer. */
struct question {
    char *topic;       /* of the answer */
    void *correlation; /* bytes that the answer has to carry, or NULL */
    uint16_t size;
};

struct alfa__mqtt {
    struct mosquitto *client;
    struct alfa__outbox *outbox;
    char *host, *result, *status, *online;
    char *trigger, *answer; /* topics; trigger NULL: nobody asks */
    int bell;               /* an eventfd */
    struct question questions[MOST_QUESTIONS];
    int question_count;
    int port;
    atomic_int tls;       /* what the last connection failed for: NO_TLS, DISTRUSTED; 0: none of them */
    pthread_mutex_t lock; /* of what follows and of the outbox: the client has a thread of its own */
    struct sent sent[WINDOW];
    size_t count;
    long long next; /* the number of the first message in the outbox that the client has not got yet */
    bool connected;
    int said;            /* why the broker refused, when that was said last; AWAY: it could not be reached */
    int unsent;          /* messages in a row for which there was no room */
    bool unkept;         /* the last one was sent, but could not be written down */
    bool begun, running; /* running: the client's thread was begun */
    double begin_at;
    void (*say)(void *context, const char *source, const char *what);
    void *context;
};

static void __attribute__((format(printf, 3, 4)))
say(const struct alfa__mqtt *m, const char *source, const char *format, ...)
{
    char what[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    m->say(m->context, source, what);
}

/* ------------------------------------------------------------------ what the client's thread tells */

/* Hands a message to the client, which sends it again as often as connections break; false when there is no
 * memory for it. lock is held. One that the client refuses stays in the outbox for the next start. */
static bool hand_over(struct alfa__mqtt *m, long long number, const char *text)
{
    int mid;
    const int code = mosquitto_publish(m->client, &mid, m->result, (int)strlen(text), text, 1, false);
    if (code == MOSQ_ERR_SUCCESS ||
        code == MOSQ_ERR_NO_CONN) /* without a connection it waits in the client */
        m->sent[m->count++] = (struct sent){mid, number};
    return code != MOSQ_ERR_NOMEM;
}

/* What waits in the outbox, in order, also from an earlier run. lock is held. */
static void hand_on(struct alfa__mqtt *m)
{
    while (m->count < WINDOW) {
        char *text;
        const long long number = alfa__outbox_next(m->outbox, m->next, &text);
        if (number < 0)
            return;
        const bool handed = !text || hand_over(m, number, text);
        free(text);
        if (!handed)
            return;
        m->next = number + 1;
    }
}

/* The only place where libmosquitto tells a certificate from other mistakes of TLS, and the only one where it
 * tells of any when the first call of a connection was over by then. Called with the lock and without it. */
static void on_log(struct mosquitto *client, void *context, int level, const char *text)
{
    struct alfa__mqtt *m = context;
    (void)client;
    if (level != MOSQ_LOG_ERR)
        return;
    if (strstr(text, "certificate verify failed") || strstr(text, "host name verif"))
        atomic_store(&m->tls, DISTRUSTED);
    else if (strstr(text, "OpenSSL") && atomic_load(&m->tls) != DISTRUSTED)
        atomic_store(&m->tls, NO_TLS);
}

/* Whether it says why a connection could not be opened, and is not left from something else. */
static bool is_of_network(int cause)
{
    return cause == ECONNREFUSED || cause == EHOSTUNREACH || cause == ENETUNREACH || cause == ETIMEDOUT;
}

/* What the log told comes first: by the code a certificate that does not verify is MOSQ_ERR_TLS with
 * libmosquitto 2.0.11 and MOSQ_ERR_ERRNO with 2.0.21, and with that nobody at the port is MOSQ_ERR_TLS. */
static const char *reason(struct alfa__mqtt *m, int code, int cause)
{
    switch (atomic_load(&m->tls)) {
    case DISTRUSTED:
        return "its certificate does not verify";
    case NO_TLS:
        return "it does not speak TLS";
    }
    switch (code) {
    case MOSQ_ERR_TLS:
        return "no connection by TLS";
    case MOSQ_ERR_CONN_LOST:
        return "it ends the connection at once: does it want mqtts://, or no TLS?";
    case MOSQ_ERR_ERRNO:
    case MOSQ_ERR_PROTOCOL: /* also when nothing answers */
        return is_of_network(cause) ? strerror(cause) : "no connection";
    default:
        return mosquitto_strerror(code);
    }
}

/* Once, until it is there. lock is held. cause: the errno of a connection that failed. */
static void say_away(struct alfa__mqtt *m, int code, int cause)
{
    if (m->said != AWAY)
        say(m, m->host, "cannot be reached yet (%s): trying again, messages wait", reason(m, code, cause));
    m->said = AWAY;
}

/* The client's thread may be cancelled, for it can hang in connect() for minutes; never while it holds the
 * lock. */
static int enter(struct alfa__mqtt *m)
{
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    pthread_mutex_lock(&m->lock);
    return before;
}

static void leave(struct alfa__mqtt *m, int before)
{
    pthread_mutex_unlock(&m->lock);
    pthread_setcancelstate(before, &before);
}

static void on_connect(struct mosquitto *client, void *context, int code)
{
    struct alfa__mqtt *m = context;
    const int before = enter(m);
    m->connected = code == 0;
    atomic_store(&m->tls, 0);
    if (code != 0 && code != m->said)
        say(m, m->host, "refuses: %s; trying again, messages wait", mosquitto_connack_string(code));
    if (code == 0)
        mosquitto_publish(client, NULL, m->status, (int)strlen(m->online), m->online, 1, true);
    if (code == 0 && m->trigger)
        mosquitto_subscribe(client, NULL, m->trigger, 1);
    if (code == 0 && m->said != 0)
        say(m, m->host, "connected");
    m->said = code;
    leave(m, before);
}

static void on_disconnect(struct mosquitto *client, void *context, int code)
{
    struct alfa__mqtt *m = context;
    const int cause = errno;
    (void)client;
    const int before = enter(m);
    if (m->connected && code != 0) {
        say(m, m->host, "the connection is lost: trying again, messages wait");
        m->said = AWAY;
    } else if (code != 0 && m->said == 0) { /* a refusal was said by on_connect() */
        say_away(m, code, cause);
    }
    m->connected = false;
    leave(m, before);
}

/* The broker has it. */
static void on_publish(struct mosquitto *client, void *context, int mid)
{
    struct alfa__mqtt *m = context;
    (void)client;
    const int before = enter(m);
    for (size_t i = 0; i < m->count; i++)
        if (m->sent[i].mid == mid) {
            alfa__outbox_confirm(m->outbox, m->sent[i].number);
            memmove(m->sent + i, m->sent + i + 1, (--m->count - i) * sizeof *m->sent);
            break;
        }
    hand_on(m);
    leave(m, before);
}

/* ------------------------------------------------------------------ questions */

static void forget(struct question *question)
{
    free(question->topic);
    free(question->correlation);
}

/* A retained message was meant for another time. */
static void on_message(struct mosquitto *client, void *context, const struct mosquitto_message *message,
                       const mosquitto_property *properties)
{
    struct alfa__mqtt *m = context;
    struct question question = {0};
    (void)client;
    if (message->retain)
        return;
    mosquitto_property_read_string(properties, MQTT_PROP_RESPONSE_TOPIC, &question.topic, false);
    mosquitto_property_read_binary(properties, MQTT_PROP_CORRELATION_DATA, &question.correlation,
                                   &question.size, false);
    const int before = enter(m);
    if (m->question_count < MOST_QUESTIONS) {
        m->questions[m->question_count++] = question;
        (void)!eventfd_write(m->bell, 1);
    } else {
        forget(&question);
    }
    leave(m, before);
}

static enum alfa_status set_trigger(struct alfa__mqtt *m, const char *trigger, const char *topic,
                                    struct alfa_error *err)
{
    if (!trigger)
        return ALFA_OK;
    m->trigger = alfa__strdup(trigger);
    m->answer = alfa__format("%s/answer", topic);
    if (!m->trigger || !m->answer)
        return alfa__fail_memory(err, 256);
    if (!*trigger || mosquitto_pub_topic_check(trigger) != MOSQ_ERR_SUCCESS)
        return alfa__fail(err, ALFA_ERROR_USAGE, "mqtt-trigger", "\"%s\" is no single topic: no + and no #",
                          trigger);
    m->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (m->bell < 0)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, "mqtt-trigger", "no handle is left");
    mosquitto_int_option(m->client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_message_v5_callback_set(m->client, on_message);
    return ALFA_OK;
}

int alfa__mqtt_bell(const struct alfa__mqtt *m)
{
    return m->trigger ? m->bell : -1;
}

int alfa__mqtt_questions(struct alfa__mqtt *m)
{
    pthread_mutex_lock(&m->lock);
    const int count = m->question_count;
    pthread_mutex_unlock(&m->lock);
    return count;
}

static void answer(struct alfa__mqtt *m, const struct question *question, const char *text)
{
    mosquitto_property *properties = NULL;
    const char *topic = question->topic ? question->topic : m->answer;
    if (question->correlation)
        mosquitto_property_add_binary(&properties, MQTT_PROP_CORRELATION_DATA, question->correlation,
                                      question->size);
    if (mosquitto_publish_v5(m->client, NULL, topic, (int)strlen(text), text, 1, false, properties) !=
        MOSQ_ERR_SUCCESS)
        say(m, topic, "an answer cannot be sent there");
    mosquitto_property_free_all(&properties);
}

/* Those that came meanwhile mean what comes next. */
void alfa__mqtt_answer(struct alfa__mqtt *m, const char *text, int most)
{
    struct question questions[MOST_QUESTIONS];
    eventfd_t rung;
    pthread_mutex_lock(&m->lock);
    const int count = most < m->question_count ? most : m->question_count;
    memcpy(questions, m->questions, (size_t)count * sizeof *questions);
    m->question_count -= count;
    memmove(m->questions, m->questions + count, (size_t)m->question_count * sizeof *questions);
    (void)!eventfd_read(m->bell, &rung);
    if (m->question_count > 0)
        (void)!eventfd_write(m->bell, 1);
    pthread_mutex_unlock(&m->lock);
    for (int i = 0; i < count; i++) {
        answer(m, &questions[i], text);
        forget(&questions[i]);
    }
}

/* ------------------------------------------------------------------ opening */

/* mqtt://host, mqtts://host:8883, mqtt://[::1]:1883 */
static enum alfa_status read_url(struct alfa__mqtt *m, bool *tls, const char *url, struct alfa_error *err)
{
    *tls = strncmp(url, "mqtts://", 8) == 0;
    const char *host = *tls ? url + 8 : strncmp(url, "mqtt://", 7) == 0 ? url + 7 : NULL;
    if (!host)
        return alfa__fail(err, ALFA_ERROR_USAGE, "mqtt", "\"%s\" does not begin with mqtt:// or mqtts://",
                          url);
    if (strchr(host, '@'))
        return alfa__fail(err, ALFA_ERROR_USAGE, "mqtt",
                          "has a user in it: put user and password into a file (mqtt-user-file)");
    const bool bracketed = *host == '[';
    const size_t size = bracketed ? strcspn(host, "]") : strcspn(host, ":/");
    const char *rest = host + size + (bracketed && host[size] == ']');
    char *end = (char *)rest;
    const long port = *rest == ':' ? strtol(rest + 1, &end, 10) : *tls ? 8883 : 1883;
    if (size == 0 || port < 1 || port > 65535 || (*end && strcmp(end, "/") != 0))
        return alfa__fail(err, ALFA_ERROR_USAGE, "mqtt", "\"%s\" is not mqtt://HOST or mqtt://HOST:PORT",
                          url);
    m->host = alfa__format("%.*s", (int)(size - bracketed), host + bracketed);
    m->port = (int)port;
    return m->host ? ALFA_OK : alfa__fail_memory(err, size);
}

static enum alfa_status set_topics(struct alfa__mqtt *m, const char *topic, struct alfa_error *err)
{
    m->result = alfa__format("%s/result", topic);
    m->status = alfa__format("%s/status", topic);
    m->online = alfa__format("{\"online\": true, \"version\": \"%s\"}", alfa_version());
    if (!m->result || !m->status || !m->online)
        return alfa__fail_memory(err, 256);
    if (!*topic || *topic == '$' || mosquitto_pub_topic_check(m->result) != MOSQ_ERR_SUCCESS)
        return alfa__fail(err, ALFA_ERROR_USAGE, "topic",
                          "\"%s\" cannot be published to: no + and no #, and no $ in front", topic);
    if (mosquitto_validate_utf8(m->result, (int)strlen(m->result)) != MOSQ_ERR_SUCCESS)
        return alfa__fail(
            err, ALFA_ERROR_USAGE, "topic",
            "cannot be published to: it has an end of a line or another control character in it, "
            "or is not UTF-8");
    return ALFA_OK;
}

static enum alfa_status set_user(struct alfa__mqtt *m, const char *path, struct alfa_error *err)
{
    char *user, *password;
    size_t size;
    if (!path)
        return ALFA_OK;
    ALFA__TRY(alfa__file_read_login(&user, &password, &size, path, err));
    const int code = mosquitto_username_pw_set(m->client, user, *password ? password : NULL);
    explicit_bzero(user, size);
    free(user);
    return code == MOSQ_ERR_SUCCESS ? ALFA_OK
                                    : alfa__fail(err, ALFA_ERROR_INPUT, path, "%s", mosquitto_strerror(code));
}

/* The same at every start, so that the broker knows who it was: made of the outbox's place. */
static char *make_id(const char *outbox)
{
    char host[256] = "", *whole = realpath(outbox, NULL);
    gethostname(host, sizeof host - 1);
    const uint64_t hash = alfa__hash_text(alfa__hash_text(ALFA__HASH_START, host), whole ? whole : outbox);
    free(whole);
    return alfa__format("alfa-%016llx", (unsigned long long)hash);
}

/* libmosquitto reads certificates when it connects, and calls it a mistake of the broker's when there are
 * none. */
static enum alfa_status check_ca(const char *path, struct alfa_error *err)
{
    char *text;
    size_t size;
    ALFA__TRY(alfa__file_read(&text, &size, path, 16 << 20, err));
    const bool good = strstr(text, "-----BEGIN CERTIFICATE-----") || strstr(text, "-----BEGIN TRUSTED CERT");
    free(text);
    return good ? ALFA_OK : alfa__fail(err, ALFA_ERROR_INPUT, path, "has no certificate in it (PEM)");
}

static enum alfa_status set_tls(struct alfa__mqtt *m, const char *ca, struct alfa_error *err)
{
    if (ca)
        ALFA__TRY(check_ca(ca, err));
    if (mosquitto_tls_set(m->client, ca, ca ? NULL : "/etc/ssl/certs", NULL, NULL, NULL) != MOSQ_ERR_SUCCESS)
        return alfa__fail(err, ALFA_ERROR_INPUT, ca ? ca : "/etc/ssl/certs",
                          "cannot be read as certificates (PEM)");
    return ALFA_OK;
}

static enum alfa_status set_client(struct alfa__mqtt *m, bool tls, const struct alfa__mqtt_options *options,
                                   struct alfa_error *err)
{
    static const char offline[] = "{\"online\": false}";
    char *id = make_id(options->outbox);
    m->client = id ? mosquitto_new(id, false, m) : NULL;
    free(id);
    if (!m->client)
        return alfa__fail_memory(err, 256);
    mosquitto_connect_callback_set(m->client, on_connect);
    mosquitto_disconnect_callback_set(m->client, on_disconnect);
    mosquitto_publish_callback_set(m->client, on_publish);
    mosquitto_log_callback_set(m->client, on_log);
    mosquitto_reconnect_delay_set(m->client, 1, 60, true);
    mosquitto_will_set(m->client, m->status, (int)strlen(offline), offline, 1, true);
    ALFA__TRY(set_user(m, options->user_file, err));
    return tls ? set_tls(m, options->ca, err) : ALFA_OK;
}

/* libmosquitto connects again by itself only when a first try has begun: until then it is asked to. */
static void begin(struct alfa__mqtt *m)
{
    const int code = mosquitto_connect_async(m->client, m->host, m->port, KEEP_ALIVE), cause = errno;
    m->begun = code == MOSQ_ERR_SUCCESS;
    m->begin_at = alfa__clock() + AGAIN;
    pthread_mutex_lock(&m->lock);
    if (!m->begun)
        say_away(m, code, cause);
    pthread_mutex_unlock(&m->lock);
}

/* The client's thread ends for good when TLS fails, and is then begun anew with the next try. Signals are for
 * the program's own thread. */
static int run(struct alfa__mqtt *m)
{
    sigset_t all, before;
    if (m->running)
        mosquitto_loop_stop(m->client, true);
    begin(m);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int started = mosquitto_loop_start(m->client);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    m->running = started == MOSQ_ERR_SUCCESS;
    return started;
}

static enum alfa_status start(struct alfa__mqtt *m, struct alfa_error *err)
{
    const int started = run(m);
    return m->running ? ALFA_OK
                      : alfa__fail(err, ALFA_ERROR_RUNTIME, m->host, "%s", mosquitto_strerror(started));
}

void alfa__mqtt_tick(struct alfa__mqtt *m)
{
    pthread_mutex_lock(&m->lock);
    const bool untrusted = !m->connected && atomic_load(&m->tls);
    if (untrusted)
        say_away(m, MOSQ_ERR_TLS, 0);
    pthread_mutex_unlock(&m->lock);
    if (alfa__clock() < m->begin_at)
        return;
    if (untrusted)
        run(m);
    else if (!m->begun)
        begin(m);
}

enum alfa_status alfa__mqtt_open(struct alfa__mqtt **out, const struct alfa__mqtt_options *options,
                                 struct alfa_error *err)
{
    struct alfa__mqtt *m = calloc(1, sizeof *m);
    bool tls = false;
    *out = NULL;
    if (!m)
        return alfa__fail_memory(err, sizeof *m);
    m->bell = -1;
    m->say = options->say;
    m->context = options->context;
    mosquitto_lib_init();
    pthread_mutex_init(&m->lock, NULL);
    enum alfa_status status = read_url(m, &tls, options->url, err);
    if (status == ALFA_OK && options->ca && !tls)
        status = alfa__fail(err, ALFA_ERROR_USAGE, "mqtt-ca", "is for mqtts://, and mqtt:// is without TLS");
    if (status == ALFA_OK)
        status = set_topics(m, options->topic, err);
    if (status == ALFA_OK)
        status = alfa__outbox_open(&m->outbox, options->outbox, MOST, err);
    if (status == ALFA_OK)
        status = set_client(m, tls, options, err);
    if (status == ALFA_OK)
        status = set_trigger(m, options->trigger, options->topic, err);
    if (status == ALFA_OK) {
        hand_on(m);
        status = start(m, err);
    }
    if (status == ALFA_OK)
        *out = m;
    else
        alfa__mqtt_close(m);
    return status;
}

/* ------------------------------------------------------------------ sending, and the end */

/* While the broker is there a disk that is full need not keep it from hearing. */
static bool send_unkept(struct alfa__mqtt *m, const char *text, const struct alfa_error *problem)
{
    if (!m->connected || problem->code != ALFA_ERROR_OUTPUT ||
        mosquitto_publish(m->client, NULL, m->result, (int)strlen(text), text, 1, false) != MOSQ_ERR_SUCCESS)
        return false;
    if (!m->unkept)
        say(m, problem->source, "%s; messages are sent, but none is kept for when the broker is away",
            problem->message);
    m->unkept = true;
    return true;
}

static void say_unsent(struct alfa__mqtt *m)
{
    if (m->unsent > 0)
        say(m, NULL, "messages are sent again; %d were not", m->unsent);
    if (m->unkept)
        say(m, NULL, "messages are kept again");
    m->unsent = 0;
    m->unkept = false;
}

void alfa__mqtt_send(struct alfa__mqtt *m, const char *text)
{
    long long number;
    struct alfa_error err;
    pthread_mutex_lock(&m->lock);
    if (alfa__outbox_add(m->outbox, &number, text, &err) == ALFA_OK) {
        hand_on(m);
        say_unsent(m);
    } else if (!send_unkept(m, text, &err) && m->unsent++ == 0) {
        say(m, err.source, "%s; results stand where they are kept, but go unsent", err.message);
    }
    pthread_mutex_unlock(&m->lock);
}

/* Whether something is on its way that may still arrive. */
static bool is_busy(struct alfa__mqtt *m)
{
    pthread_mutex_lock(&m->lock);
    const bool busy = m->connected && alfa__outbox_waiting(m->outbox) > 0;
    pthread_mutex_unlock(&m->lock);
    return busy;
}

static void say_goodbye(struct alfa__mqtt *m)
{
    static const char offline[] = "{\"online\": false}";
    for (double end = alfa__clock() + GOODBYE; is_busy(m) && alfa__clock() < end;)
        usleep(20000);
    const bool connected = m->connected;
    mosquitto_publish(m->client, NULL, m->status, (int)strlen(offline), offline, 1, true);
    mosquitto_disconnect(m->client);
    mosquitto_loop_stop(m->client, !connected); /* its thread may hang in connect() for minutes */
    const int left = alfa__outbox_waiting(m->outbox);
    if (m->unsent > 0)
        say(m, m->host, "%d message%s for which there was no room went unsent", m->unsent,
            m->unsent == 1 ? "" : "s");
    if (left > 0)
        say(m, m->host, "%d message%s could not be sent: they are kept for the next start", left,
            left == 1 ? "" : "s");
}

void alfa__mqtt_close(struct alfa__mqtt *m)
{
    if (!m)
        return;
    if (m->client && m->outbox)
        say_goodbye(m);
    if (m->client)
        mosquitto_destroy(m->client);
    mosquitto_lib_cleanup();
    alfa__outbox_free(m->outbox);
    pthread_mutex_destroy(&m->lock);
    free(m->host);
    free(m->result);
    free(m->status);
    free(m->online);
    free(m->trigger);
    free(m->answer);
    for (int i = 0; i < m->question_count; i++)
        forget(&m->questions[i]);
    if (m->bell >= 0)
        close(m->bell);
    free(m);
}

/* What stands for the link in a build without librabbitmq: none can be opened, so nothing else is ever
 * called. */
#include "fleet/link.h"

static enum alfa_status fail(struct alfa_error *err)
{
    return alfa__fail(
        err, ALFA_ERROR_USAGE, "--amqp",
        "needs librabbitmq, which this build of alfa lacks: install librabbitmq-dev and build again");
}

enum alfa_status alfa__link_open(struct alfa__link **out, const struct alfa__link_options *options,
                                 struct alfa_error *err)
{
    (void)options;
    *out = NULL;
    return fail(err);
}

void alfa__link_free(struct alfa__link *link)
{
    (void)link;
}

enum alfa_status alfa__link_connect(struct alfa__link *link, struct alfa_error *err)
{
    (void)link;
    return fail(err);
}

bool alfa__link_is_up(const struct alfa__link *link)
{
    (void)link;
    return false;
}

const char *alfa__link_place(const struct alfa__link *link)
{
    (void)link;
    return "";
}

void alfa__link_close(struct alfa__link *link)
{
    (void)link;
}

double alfa__link_pause(struct alfa__link *link)
{
    (void)link;
    return 1;
}

enum alfa_status alfa__link_queue(struct alfa__link *link, const struct alfa__queue_options *options,
                                  struct alfa_error *err)
{
    (void)link, (void)options;
    return fail(err);
}

enum alfa_status alfa__link_exchange(struct alfa__link *link, const char *name, const char *kind,
                                     const char *unclaimed, struct alfa_error *err)
{
    (void)link, (void)name, (void)kind, (void)unclaimed;
    return fail(err);
}

enum alfa_status alfa__link_bind(struct alfa__link *link, const char *queue, const char *exchange,
                                 const char *key, struct alfa_error *err)
{
    (void)link, (void)queue, (void)exchange, (void)key;
    return fail(err);
}

enum alfa_status alfa__link_remove(struct alfa__link *link, const char *queue, struct alfa_error *err)
{
    (void)link, (void)queue;
    return fail(err);
}

enum alfa_status alfa__link_count(struct alfa__link *link, const char *queue, long long *letters,
                                  long long *readers, struct alfa_error *err)
{
    (void)link, (void)queue, (void)letters, (void)readers;
    return fail(err);
}

enum alfa_status alfa__link_send(struct alfa__link *link, unsigned long long *number,
                                 const struct alfa__letter *letter, struct alfa_error *err)
{
    (void)link, (void)number, (void)letter;
    return fail(err);
}

enum alfa_status alfa__link_read(struct alfa__link *link, const char *queue, int ahead,
                                 struct alfa_error *err)
{
    (void)link, (void)queue, (void)ahead;
    return fail(err);
}

enum alfa_status alfa__link_done(struct alfa__link *link, unsigned long long tag, bool all,
                                 struct alfa_error *err)
{
    (void)link, (void)tag, (void)all;
    return fail(err);
}

enum alfa_status alfa__link_again(struct alfa__link *link, unsigned long long tag, struct alfa_error *err)
{
    (void)link, (void)tag;
    return fail(err);
}

enum alfa_status alfa__link_next(struct alfa__link *link, struct alfa__event *out, int wake, double seconds,
                                 struct alfa_error *err)
{
    (void)link, (void)out, (void)wake, (void)seconds;
    return fail(err);
}

#include "post.h"

#include "base/clock.h"
#include "fail.h"
#include "message/mqtt.h"

#define TICK (G_TIME_SPAN_SECOND / 2) /* between looks whether a first connection is to be tried again */

struct alfa__post {
    struct alfa__mqtt *mqtt;
    guint32 run[2]; /* of the ids of this run's frames */
    GThread *thread;
    GMutex lock;
    GCond changed;
    gboolean ending;
};

/* ~/.local/state/alfa/TOPIC.outbox, with '_' for what does not belong into a name. */
static char *default_outbox(const char *topic)
{
    char *name = g_strdup_printf("%s.outbox", topic);
    char *folder = g_build_filename(g_get_user_state_dir(), "alfa", NULL);
    g_strcanon(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-.", '_');
    char *path = g_build_filename(folder, name, NULL);
    g_mkdir_with_parents(folder, 0700); /* what fails here is said when the file cannot be opened */
    g_free(folder);
    g_free(name);
    return path;
}

/* A broker that is away at the start is tried again beside the stream. */
static gpointer tick(gpointer context)
{
    struct alfa__post *post = context;
    g_mutex_lock(&post->lock);
    while (!post->ending) {
        g_mutex_unlock(&post->lock);
        alfa__mqtt_tick(post->mqtt);
        g_mutex_lock(&post->lock);
        if (!post->ending)
            g_cond_wait_until(&post->changed, &post->lock, g_get_monotonic_time() + TICK);
    }
    g_mutex_unlock(&post->lock);
    return NULL;
}

static enum alfa_status check(const struct alfa__post_options *o, struct alfa_error *err)
{
    if (!o->url && (o->trigger || o->user_file || o->ca || o->outbox))
        return alfa__fail(err, ALFA_ERROR_USAGE, "mqtt", "is needed with the properties about messages");
    return ALFA_OK;
}

enum alfa_status alfa__post_open(struct alfa__post **out, const struct alfa__post_options *o,
                                 struct alfa_error *err)
{
    *out = NULL;
    const enum alfa_status fine = check(o, err);
    if (fine != ALFA_OK || !o->url)
        return fine;
    struct alfa__post *post = g_new0(struct alfa__post, 1);
    const char *topic = o->topic ? o->topic : "";
    char *outbox = o->outbox ? g_strdup(o->outbox) : default_outbox(topic);
    const struct alfa__mqtt_options how = {.url = o->url,
                                           .topic = topic,
                                           .user_file = o->user_file,
                                           .ca = o->ca,
                                           .outbox = outbox,
                                           .trigger = o->trigger,
                                           .say = o->say,
                                           .context = o->context};
    const enum alfa_status status = alfa__mqtt_open(&post->mqtt, &how, err);
    g_free(outbox);
    if (status != ALFA_OK) {
        if (g_strcmp0(err->source, "topic") == 0)
            g_strlcpy(err->source, "mqtt-topic", sizeof err->source);
        g_free(post);
        return status;
    }
    post->run[0] = g_random_int();
    post->run[1] = g_random_int();
    g_mutex_init(&post->lock);
    g_cond_init(&post->changed);
    post->thread = g_thread_new("alfa-mqtt", tick, post);
    *out = post;
    return ALFA_OK;
}

void alfa__post_close(struct alfa__post *post)
{
    if (!post)
        return;
    g_mutex_lock(&post->lock);
    post->ending = TRUE;
    g_cond_signal(&post->changed);
    g_mutex_unlock(&post->lock);
    g_thread_join(post->thread);
    alfa__mqtt_close(post->mqtt);
    g_cond_clear(&post->changed);
    g_mutex_clear(&post->lock);
    g_free(post);
}

int alfa__post_questions(struct alfa__post *post)
{
    return post ? alfa__mqtt_questions(post->mqtt) : 0;
}

void alfa__post_send(struct alfa__post *post, guint64 number, const char *json, int questions)
{
    char now[32];
    alfa__clock_utc(now);
    char *text = g_strdup_printf("{\"id\": \"%08x%08x-%" G_GUINT64_FORMAT "\", \"time\": \"%s\", %s",
                                 post->run[0], post->run[1], number, now, json + 1); /* behind its brace */
    alfa__mqtt_send(post->mqtt, text);
    if (questions > 0)
        alfa__mqtt_answer(post->mqtt, text, questions);
    g_free(text);
}

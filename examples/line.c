/* line.c - a pipeline of GStreamer whose camera may go and come back: prints what alfadetect finds, a line of
 * JSON a frame.
 *
 *     cc -std=c17 examples/line.c $(pkg-config --cflags --libs gstreamer-1.0) -o line
 *     ./line "aravissrc camera-name=LINE1 ! alfadetect bank=part.bank drop-when-busy=true ! fakesink"
 *
 * A source that fails (unplugged, no frame in time, not there yet) is opened again after 1, 2, 4 ... 30
 * seconds, and it alone: model and bank stay open, counts and MQTT messages of alfadetect go on. What another
 * element fails for ends the program with status 1; the end of the stream, SIGINT and SIGTERM with 0. The
 * source is one element (aravissrc, v4l2src, udpsrc), no bin as rtspsrc is. */
#include <glib-unix.h>
#include <gst/gst.h>

enum { LONGEST = 30 }; /* seconds */

struct line {
    GMainLoop *loop;
    GstElement *pipeline;
    GstElement *lost; /* the source that failed and waits for its next try; NULL: none */
    guint pause;      /* seconds until that */
    gint failed;      /* atomic: the source has failed */
    int code;
};

static gboolean try_again(gpointer context);

static void wait_for(struct line *line, GstElement *source, const char *why)
{
    if (line->lost) /* one failure is told by several messages */
        return;
    line->lost = source;
    g_printerr("%s: %s; trying again in %u s\n", GST_ELEMENT_NAME(source), why, line->pause);
    g_timeout_add_seconds(line->pause, try_again, line);
    line->pause = MIN(2 * line->pause, LONGEST);
}

/* A source that fails ends its stream, too: what follows must not hear of it, as it would take nothing more.
 */
static GstPadProbeReturn drop_end(GstPad *pad, GstPadProbeInfo *info, gpointer context)
{
    struct line *line = context;
    (void)pad;
    return GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_EOS && g_atomic_int_get(&line->failed)
               ? GST_PAD_PROBE_DROP
               : GST_PAD_PROBE_OK;
}

static void guard(struct line *line, GstElement *source)
{
    GstPad *pad = gst_element_get_static_pad(source, "src");
    if (pad)
        gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, drop_end, line, NULL);
    g_clear_object(&pad);
}

static gboolean is_source(const struct line *line, const GstMessage *message)
{
    const GstObject *from = GST_MESSAGE_SRC(message);
    return GST_OBJECT_FLAG_IS_SET(from, GST_ELEMENT_FLAG_SOURCE) &&
           GST_OBJECT_PARENT(from) == GST_OBJECT(line->pipeline);
}

/* On the thread of whoever fails, before it ends its stream. */
static GstBusSyncReply note_failure(GstBus *bus, GstMessage *message, gpointer context)
{
    struct line *line = context;
    (void)bus;
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR && is_source(line, message))
        g_atomic_int_set(&line->failed, TRUE);
    return GST_BUS_PASS;
}

static void guard_all(struct line *line)
{
    GstIterator *all = gst_bin_iterate_sources(GST_BIN(line->pipeline));
    GValue item = G_VALUE_INIT;
    while (gst_iterator_next(all, &item) == GST_ITERATOR_OK) {
        guard(line, g_value_get_object(&item));
        g_value_reset(&item);
    }
    g_value_unset(&item);
    gst_iterator_free(all);
}

/* What was set on one element is set on another of its kind. */
static void copy_properties(GstElement *to, GstElement *from)
{
    guint count;
    GParamSpec **specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(from), &count);
    for (guint i = 0; i < count; i++) {
        GValue value = G_VALUE_INIT;
        if ((specs[i]->flags & G_PARAM_READWRITE) != G_PARAM_READWRITE ||
            (specs[i]->flags & G_PARAM_CONSTRUCT_ONLY) || specs[i]->owner_type == GST_TYPE_OBJECT)
            continue;
        g_value_init(&value, specs[i]->value_type);
        g_object_get_property(G_OBJECT(from), specs[i]->name, &value);
        /* some have a value at first that may not be set */
        if (!g_param_value_defaults(specs[i], &value) && !g_param_value_validate(specs[i], &value))
            g_object_set_property(G_OBJECT(to), specs[i]->name, &value);
        g_value_unset(&value);
    }
    g_free(specs);
}

/* Frames lie in the source's memory: what follows keeps copies of them (a sink of its last) before that goes.
 */
static void drain(GstElement *source)
{
    GstPad *pad = gst_element_get_static_pad(source, "src");
    GstQuery *query = gst_query_new_drain();
    gst_pad_peer_query(pad, query);
    gst_query_unref(query);
    gst_object_unref(pad);
}

/* A new source in the place of the one that failed: aravissrc, for one, keeps its connection to the camera
 * that was lost for as long as it lives. */
static GstElement *replace(struct line *line, GstElement *old)
{
    GstPad *pad = gst_element_get_static_pad(old, "src"), *peer = gst_pad_get_peer(pad);
    GstElement *new = gst_element_factory_create(gst_element_get_factory(old), NULL);
    char *name = gst_element_get_name(old);
    copy_properties(new, old);
    gst_pad_unlink(pad, peer);
    gst_object_unref(pad);
    gst_bin_remove(GST_BIN(line->pipeline), old);
    gst_object_set_name(GST_OBJECT(new), name);
    gst_bin_add(GST_BIN(line->pipeline), new);
    pad = gst_element_get_static_pad(new, "src");
    gst_pad_link(pad, peer);
    gst_object_unref(pad);
    guard(line, new);
    gst_object_unref(peer);
    g_free(name);
    return new;
}

/* A pipeline that did not get as far as to play begins as a whole. */
static gboolean try_again(gpointer context)
{
    struct line *line = context;
    GstElement *source = line->lost;
    const gboolean plays = GST_STATE(line->pipeline) == GST_STATE_PLAYING;
    line->lost = NULL;
    drain(source);
    gst_element_set_state(plays ? source : line->pipeline, GST_STATE_NULL);
    source = replace(line, source);
    g_atomic_int_set(&line->failed, FALSE);
    if (gst_element_set_state(plays ? source : line->pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
        wait_for(line, source, "cannot be opened");
    return G_SOURCE_REMOVE;
}

static void take_error(struct line *line, GstMessage *message)
{
    GError *error;
    gst_message_parse_error(message, &error, NULL);
    if (is_source(line, message)) {
        wait_for(line, GST_ELEMENT(GST_MESSAGE_SRC(message)), error->message);
    } else {
        g_printerr("%s: %s\n", GST_MESSAGE_SRC_NAME(message), error->message);
        line->code = 1;
        g_main_loop_quit(line->loop);
    }
    g_error_free(error);
}

static void take_warning(GstMessage *message)
{
    GError *error;
    gst_message_parse_warning(message, &error, NULL);
    g_printerr("%s: %s\n", GST_MESSAGE_SRC_NAME(message), error->message);
    g_error_free(error);
}

static gboolean take(GstBus *bus, GstMessage *message, gpointer context)
{
    struct line *line = context;
    (void)bus;
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
        take_error(line, message);
    } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING) {
        take_warning(message);
    } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS &&
               !line->lost) { /* a source that fails ends it, too */
        g_main_loop_quit(line->loop);
    } else if (gst_message_has_name(message, "alfadetect")) {
        g_print("%s\n", gst_structure_get_string(gst_message_get_structure(message), "json"));
        line->pause = 1;
    }
    return G_SOURCE_CONTINUE;
}

static gboolean end(gpointer context)
{
    g_main_loop_quit(((struct line *)context)->loop);
    return G_SOURCE_CONTINUE;
}

int main(int argc, char **argv)
{
    struct line line = {.pause = 1};
    GError *error = NULL;
    gst_init(&argc, &argv);
    line.pipeline = argc == 2 ? gst_parse_launch(argv[1], &error) : NULL;
    if (!line.pipeline || error || !GST_IS_PIPELINE(line.pipeline)) {
        g_printerr("line: %s\n",
                   error ? error->message : "needs a pipeline: \"SOURCE ! alfadetect ... ! SINK\"");
        return 2;
    }
    line.loop = g_main_loop_new(NULL, FALSE);
    GstBus *bus = gst_element_get_bus(line.pipeline);
    gst_bus_set_sync_handler(bus, note_failure, &line, NULL);
    gst_bus_add_watch(bus, take, &line);
    guard_all(&line);
    g_unix_signal_add(SIGINT, end, &line);
    g_unix_signal_add(SIGTERM, end, &line);
    gst_element_set_state(line.pipeline, GST_STATE_PLAYING); /* what it fails for is a message */
    g_main_loop_run(line.loop);
    gst_element_set_state(line.pipeline, GST_STATE_NULL);
    gst_bus_remove_watch(bus);
    gst_object_unref(bus);
    gst_object_unref(line.pipeline);
    g_main_loop_unref(line.loop);
    return line.code;
}

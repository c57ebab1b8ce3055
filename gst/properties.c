#include "properties.h"

#include <alfa.h>

#define WHEN_READY ((GParamFlags)(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY))
#define ANY_TIME ((GParamFlags)(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING))
#define READ_ONLY ((GParamFlags)(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS))

static void add_text(GObjectClass *class, guint id, const char *name, const char *about)
{
    const char *initial = id == PROPERTY_MQTT_TOPIC ? "alfa" : NULL;
    g_object_class_install_property(class, id, g_param_spec_string(name, NULL, about, initial, WHEN_READY));
}

static void add_switch(GObjectClass *class, guint id, const char *name, const char *about, gboolean on)
{
    g_object_class_install_property(class, id, g_param_spec_boolean(name, NULL, about, on, ANY_TIME));
}

static void add_count(GObjectClass *class, guint id, const char *name, const char *about)
{
    g_object_class_install_property(class, id,
                                    g_param_spec_uint64(name, NULL, about, 0, G_MAXUINT64, 0, READ_ONLY));
}

static void add_messages(GObjectClass *class)
{
    add_text(
        class, PROPERTY_MQTT, "mqtt",
        "Send each result to this broker: mqtt://HOST[:PORT], or mqtts:// with TLS; messages wait on the "
        "disk while it is away");
    add_text(class, PROPERTY_MQTT_TOPIC, "mqtt-topic",
             "Results go to TOPIC/result, and TOPIC/status says whether the element is there");
    add_text(class, PROPERTY_MQTT_TRIGGER, "mqtt-trigger",
             "Judge the next frame when a message comes on this topic, and answer with its result: on the "
             "message's response topic (MQTT 5), or else on the mqtt-topic's /answer");
    add_text(class, PROPERTY_MQTT_USER_FILE, "mqtt-user-file",
             "File whose first line is the user and whose second is the password");
    add_text(class, PROPERTY_MQTT_CA, "mqtt-ca", "Certificates to trust instead of the system's");
    add_text(
        class, PROPERTY_MQTT_OUTBOX, "mqtt-outbox",
        "File for messages that wait, of this element alone (none: one that is named after the topic, in "
        "$XDG_STATE_HOME/alfa or ~/.local/state/alfa)");
}

void alfa__properties_add(GObjectClass *class)
{
    add_text(class, PROPERTY_CLASS, "class",
             "What the frames show, for example bottle; with a bank not needed");
    add_text(class, PROPERTY_BANK, "bank", "File that 'alfa learn' made of normal pictures");
    add_text(class, PROPERTY_MODEL, "model",
             "Folder or file of a model, or the name of one that comes with alfa "
             "(none: the bank's, or alfa-tiny)");
    add_text(class, PROPERTY_PROMPTS, "prompts",
             "File with sentences about normal and abnormal things (none: those that come with alfa for the "
             "class)");
    add_text(class, PROPERTY_ROI, "roi",
             "Mask image, laid over the whole frame: only where it is white counts");
    add_messages(class);
    g_object_class_install_property(
        class, PROPERTY_THRESHOLD,
        g_param_spec_double("threshold", NULL,
                            "A score above it is an anomaly (-1: the bank's threshold, 0.5 without a bank)",
                            -1, G_MAXDOUBLE, ALFA_THRESHOLD_AUTO, WHEN_READY));
    g_object_class_install_property(
        class, PROPERTY_BITS,
        g_param_spec_int(
            "bits", NULL,
            "Of the 16 bits of GRAY16_LE that are used, the lower ones: 12 for a camera's Mono12 "
            "(0: as the bank was learned, else all)",
            0, 16, 0, ANY_TIME));
    g_object_class_install_property(
        class, PROPERTY_EVERY,
        g_param_spec_uint("every", NULL,
                          "Judge the first and then each N-th frame; the others pass unjudged (0: only those "
                          "that mqtt-trigger asks for)",
                          0, G_MAXUINT, 1, ANY_TIME));
    add_switch(class, PROPERTY_DROP, "drop-when-busy",
               "Drop frames that came while another one was judged, so that the newest is judged next",
               FALSE);
    add_switch(
        class, PROPERTY_OVERLAY, "overlay",
        "Lay the heat map (not over grey and Bayer patterns) and boxes around regions over judged frames",
        FALSE);
    add_switch(class, PROPERTY_POST, "post-messages", "Post an element message for each judged frame", TRUE);
    add_count(class, PROPERTY_FRAMES, "frames", "Frames that came since the start");
    add_count(class, PROPERTY_JUDGED, "judged", "Frames that were judged");
    add_count(class, PROPERTY_ANOMALIES, "anomalies", "Frames that were judged an anomaly");
    add_count(class, PROPERTY_FAILED, "failed", "Frames that could not be judged");
    add_count(class, PROPERTY_DROPPED, "dropped", "Frames that were dropped by drop-when-busy");
}

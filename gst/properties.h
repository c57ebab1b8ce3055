/* What can be set and read of alfadetect: names and what is said of them. */
#ifndef ALFA_GST_PROPERTIES_H
#define ALFA_GST_PROPERTIES_H

#include <gst/gst.h>

enum property {
    PROPERTY_NONE,
    PROPERTY_CLASS,
    PROPERTY_BANK,
    PROPERTY_MODEL,
    PROPERTY_PROMPTS,
    PROPERTY_ROI,
    PROPERTY_MQTT,
    PROPERTY_MQTT_TOPIC,
    PROPERTY_MQTT_TRIGGER,
    PROPERTY_MQTT_USER_FILE,
    PROPERTY_MQTT_CA,
    PROPERTY_MQTT_OUTBOX, /* the last text */
    PROPERTY_THRESHOLD,
    PROPERTY_BITS,
    PROPERTY_EVERY,
    PROPERTY_DROP,
    PROPERTY_OVERLAY,
    PROPERTY_POST,
    PROPERTY_FRAMES,
    PROPERTY_JUDGED,
    PROPERTY_ANOMALIES,
    PROPERTY_FAILED,
    PROPERTY_DROPPED
};

/* Installs all of them. */
void alfa__properties_add(GObjectClass *class);

#endif

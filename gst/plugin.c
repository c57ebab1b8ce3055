/* The plugin gstalfa: one element, alfadetect. */
#include <gst/gst.h>

#include <alfa.h>

#include "element.h"

const char *alfa__plugin_path;

static gboolean init(GstPlugin *plugin)
{
    alfa__plugin_path = g_intern_string(gst_plugin_get_filename(plugin));
    return gst_element_register(plugin, "alfadetect", GST_RANK_NONE, gst_alfa_detect_get_type());
}

#define PACKAGE "alfa"
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, alfa, "Finds visual anomalies in frames", init,
                  ALFA_VERSION, "Apache 2.0", "alfa", "https://example.org/alfa")

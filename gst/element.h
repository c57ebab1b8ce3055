/* The element alfadetect: judges the frames of a stream and passes them on. */
#ifndef ALFA_GST_ELEMENT_H
#define ALFA_GST_ELEMENT_H

#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS
G_DECLARE_FINAL_TYPE(GstAlfaDetect, gst_alfa_detect, GST, ALFA_DETECT, GstBaseTransform)
G_END_DECLS

/* Where the plugin lies, from which the data that comes with alfa is found; NULL: nobody knows. Lent. */
extern const char *alfa__plugin_path;

#endif

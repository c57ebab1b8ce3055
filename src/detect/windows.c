#include "detect/windows.h"
#include "detect/pass.h"

static struct alfa__feature_request request(const struct alfa_detector *d)
{
    return alfa__detector_request(&d->options, d->layers, d->layer_count);
}

const struct alfa__pipeline alfa__pipeline_windows = {.windows = true,
                                                      .open = alfa__windows_open,
                                                      .close = alfa__windows_close,
                                                      .request = request,
                                                      .run = alfa__windows_run,
                                                      .use_bank = alfa__windows_use_bank,
                                                      .begin = alfa__windows_begin,
                                                      .add = alfa__windows_add,
                                                      .finish = alfa__windows_finish};

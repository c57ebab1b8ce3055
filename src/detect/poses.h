/* Whether a bank's memory is to have its images turned and mirrored as well. */
#ifndef ALFA_DETECT_POSES_H
#define ALFA_DETECT_POSES_H

#include "detect/trial.h"

/* Runs the trial; of a bank with ALFA_TURNED_AUTO first finds out how. Each of the images that are used is
 * looked up in what the others offer to a memory of the bank's size, with and without what they offer turned.
 * Turned ones take room. Where things lie anyhow, and in textures, they are worth it; where parts always lie
 * alike everything comes to be farther from such a memory, and a part that lies wrongly would pass. So they
 * stay unless the logarithm of the mean distance of an image (the median over the images) is larger by more
 * than ALFA__POSES_COST with them. With one image they stay. */
#define ALFA__POSES_COST 0.4
enum alfa_status alfa__trial_run_posed(struct alfa__trial *t, struct alfa_error *err);

#endif

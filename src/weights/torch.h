/* The tensors of a file that torch.save() (1.6 and later) or torch.jit.save() wrote: a zip archive that holds
 * data.pkl, a pickle (weights/pickle.h), and the bytes of each storage as an entry of its own.
 *
 * Nothing of the file is run. A saved dict of tensors, a training checkpoint that holds one as state_dict,
 * model_state_dict or model (what stands beside it, such as an optimizer's state, is skipped), and a
 * TorchScript archive, whose tensors are named by the modules that hold them, become a table of tensors.
 * Views and shared storages are read where they lie. */
#ifndef ALFA_WEIGHTS_TORCH_H
#define ALFA_WEIGHTS_TORCH_H

#include "weights/tensors.h"

/* Closed with alfa__tensors_close(), also after a failure. */
enum alfa_status alfa__torch_open(struct alfa__tensors *out, const char *path, struct alfa_error *err);

#endif

/* The words of alfa model: each does its work and returns the exit code. */
#ifndef ALFA_CLI_MODEL_H
#define ALFA_CLI_MODEL_H

struct alfa__options;

int alfa__model_info(const struct alfa__options *options);
int alfa__model_list(const struct alfa__options *options);
int alfa__model_pull(const struct alfa__options *options);
int alfa__model_verify(const struct alfa__options *options);
int alfa__model_convert(const struct alfa__options *options);

#endif

/* One function a verb; each returns the exit code. */
#ifndef ALFA_CLI_COMMANDS_H
#define ALFA_CLI_COMMANDS_H

struct alfa__options;

int alfa__cmd_detect(const struct alfa__options *options);
int alfa__cmd_learn(const struct alfa__options *options);
int alfa__cmd_threshold(const struct alfa__options *options);
int alfa__cmd_eval(const struct alfa__options *options);
int alfa__cmd_embed(const struct alfa__options *options);
int alfa__cmd_model(const struct alfa__options *options);
int alfa__cmd_prompts(const struct alfa__options *options);
int alfa__cmd_explain(const struct alfa__options *options);
int alfa__cmd_bench(const struct alfa__options *options);
int alfa__cmd_watch(const struct alfa__options *options);
int alfa__cmd_serve(const struct alfa__options *options);
int alfa__cmd_worker(const struct alfa__options *options);
int alfa__cmd_submit(const struct alfa__options *options);
int alfa__cmd_export(const struct alfa__options *options);
int alfa__cmd_completion(const struct alfa__options *options);
int alfa__cmd_help(const struct alfa__options *options);

#endif

/* "Did you mean ...?" for mistyped verbs and options. */
#ifndef ALFA_CLI_SUGGEST_H
#define ALFA_CLI_SUGGEST_H

/* Keeps in *near the candidate that is nearest to what was typed and near enough to be meant; call it once
 * for each candidate, with *near NULL and *best INT32_MAX before the first. */
void alfa__suggest(const char **near, int *best, const char *candidate, const char *typed);

#endif

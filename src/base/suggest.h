/* "Did you mean ...?" for what was mistyped: verbs, options, classes. */
#ifndef ALFA_BASE_SUGGEST_H
#define ALFA_BASE_SUGGEST_H

/* Keeps in *near the candidate that is nearest to what was typed and near enough to be meant; call it once
 * for each candidate, with *near NULL and *best INT32_MAX before the first. A beginning is as good as one
 * edit:
 * --temp means --temperature. */
void alfa__suggest(const char **near, int *best, const char *candidate, const char *typed);

/* The same for words that mean something by themselves: a can is no candle. */
void alfa__suggest_word(const char **near, int *best, const char *candidate, const char *typed);

#endif

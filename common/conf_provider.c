/*
 * The sections that may come more than once: [llm], and [llm NAME] for each
 * further server of language models, in the order of the file.
 */
#include <string.h>

#include "common/conf_read.h"
#include "common/mem.h"

#define LLM "llm"
#define LLM_ENV "LLM_"
#define NAME_MAX_LEN 32
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

static bool
conf_provider_exists(const struct conf *c, size_t i)
{
	return i < CONF_PROVIDERS_MAX && c->providers[i].name != NULL;
}

/* "llm" or "llm backup", as the file has it. */
static const char *
conf_provider_section(const struct conf_provider *p, char section[48])
{
	static const size_t max = 48;

	if (strcmp(p->name, CONF_MAIN) == 0)
		return LLM;
	(void)snprintf(section, max, LLM " %s", p->name);
	return section;
}

void
conf_provider_set_defaults(struct conf_reader *r, size_t i, char *name)
{
	struct conf_provider *p = &r->conf->providers[i];

	p->name = name;
	for (size_t n = 0; n < conf_provider_row_count; n++)
		conf_set(r, &conf_provider_rows[n], LLM, p,
		    conf_provider_rows[n].fallback);
}

static bool
conf_provider_is_name(const char *name)
{
	size_t len = strlen(name);

	/* The last two are names of other sections. */
	return len > 0 && len <= NAME_MAX_LEN &&
	    strspn(name, NAME_LETTERS) == len && strcmp(name, CONF_MAIN) != 0 &&
	    strcmp(name, "embeddings") != 0;
}

/* The provider of a section, a new one if it is seen for the first time; -1
 * after a problem. */
static int
conf_provider_find(struct conf_reader *r, const char *section)
{
	const char *name = section + strlen(LLM) + 1;
	int i = 1;

	if (strcmp(section, LLM) == 0)
		return 0;
	while (conf_provider_exists(r->conf, (size_t)i) &&
	    strcmp(r->conf->providers[i].name, name) != 0)
		i++;
	if (conf_provider_exists(r->conf, (size_t)i))
		return i;
	if (!conf_provider_is_name(name)) {
		conf_problem(r,
		    "[%s]: a name has up to %d of a-z, 0-9 and -, and is "
		    "neither " CONF_MAIN " nor embeddings",
		    section, NAME_MAX_LEN);
		return -1;
	}
	if (i == CONF_PROVIDERS_MAX) {
		conf_problem(r, "[%s]: there can be %d sections of this kind",
		    section, CONF_PROVIDERS_MAX);
		return -1;
	}
	conf_provider_set_defaults(r, (size_t)i, x_strdup(name));
	return i;
}

bool
conf_provider_take_line(struct conf_reader *r, const char *section,
    const char *key, const char *value)
{
	int i;

	if (strcmp(section, LLM) != 0 &&
	    strncmp(section, LLM " ", strlen(LLM) + 1) != 0)
		return false;
	i = conf_provider_find(r, section);
	for (size_t n = 0; i >= 0 && n < conf_provider_row_count; n++) {
		const struct conf_row *row = &conf_provider_rows[n];
		int *seen = &r->provider_seen[i][n];

		if (strcmp(row->key, key) != 0)
			continue;
		if (*seen > 0)
			conf_problem(r, "[%s] %s: stands in line %d already",
			    section, key, *seen);
		*seen = r->line;
		conf_set(r, row, section, &r->conf->providers[i], value);
		return true;
	}
	return i < 0; /* that problem was told */
}

bool
conf_provider_take_variable(
    struct conf_reader *r, const char *variable, const char *value)
{
	char section[48];

	if (strncmp(variable, LLM_ENV, strlen(LLM_ENV)) != 0)
		return false;
	variable += strlen(LLM_ENV);
	for (size_t i = 0; conf_provider_exists(r->conf, i); i++) {
		struct conf_provider *p = &r->conf->providers[i];
		const char *key = variable;

		if (i > 0) {
			if (!conf_is_capital(variable, p->name) ||
			    variable[strlen(p->name)] != '_')
				continue;
			key += strlen(p->name) + 1;
		}
		for (size_t n = 0; n < conf_provider_row_count; n++) {
			const struct conf_row *row = &conf_provider_rows[n];

			if (strlen(key) != strlen(row->key) ||
			    !conf_is_capital(key, row->key))
				continue;
			conf_set(r, row, conf_provider_section(p, section), p,
			    value);
			return true;
		}
	}
	return false;
}

/* Without a URL, [llm] is not there; any other section is a mistake. */
void
conf_provider_check(struct conf_reader *r)
{
	struct conf *c = r->conf;
	struct conf_provider unused;
	char section[48];
	size_t n = 0;

	for (; conf_provider_exists(c, n); n++) {
		struct conf_provider *p = &c->providers[n];

		conf_check_provider(r, conf_provider_section(p, section), p);
		if (n > 0 && *p->base_url == '\0')
			conf_problem(r, "[%s] base_url: is missing",
			    conf_provider_section(p, section));
	}
	c->provider_count = n;
	unused = c->providers[0];
	if (*unused.base_url != '\0')
		return;
	/* It goes behind the others, to be released with them. */
	memmove(&c->providers[0], &c->providers[1], (n - 1) * sizeof unused);
	c->providers[n - 1] = unused;
	c->provider_count = n - 1;
}

void
conf_provider_release(struct conf_provider *p)
{
	if (p->name == NULL)
		return;
	for (size_t i = 0; i < conf_provider_row_count; i++) {
		if (conf_row_is_text(&conf_provider_rows[i]))
			conf_replace(
			    conf_row_at(&conf_provider_rows[i], p), NULL);
	}
	conf_replace(&p->name, NULL);
}
